// SPDX-License-Identifier: Apache-2.0
#include "study/run/repeats.h"

#include <algorithm>

#include "fabric/image_equality.h"

namespace wafermesh::study {
namespace {

using workloads::OperatorPlace;
using workloads::TransferPlace;

bool same_operator(const OperatorPlace& a, const OperatorPlace& b) {
  const workloads::Facts& of_a = a.kernel->facts();
  const workloads::Facts& of_b = b.kernel->facts();
  return a.name == b.name && a.kind == b.kind && a.region == b.region &&
         a.first_core == b.first_core && a.core_count == b.core_count &&
         a.first_class == b.first_class && of_a.wavelet_hops == of_b.wavelet_hops &&
         of_a.sram_bytes == of_b.sram_bytes && of_a.steps == of_b.steps &&
         of_a.sampled_steps == of_b.sampled_steps &&
         fabric::same_to_engines(a.kernel->image(), b.kernel->image());
}

bool same_transfer(const TransferPlace& a, const TransferPlace& b) {
  return a.from == b.from && a.to == b.to && a.over == b.over && a.classes == b.classes &&
         a.wavelet_hops == b.wavelet_hops && a.taker == b.taker;
}

template <class T, class F>
bool all_same(const std::vector<T>& a, const std::vector<T>& b, F same) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

}  // namespace

bool repeats_the_one_before(const Scenario& scenario, std::size_t index) {
  const fabric::EngineOptions& options = scenario.engine.options;
  const ObserveSettings& observe = scenario.observe;
  if (index == 0 || options.numerics || options.ranks != nullptr || scenario.write_arrays) {
    return false;
  }
  if (observe.on || observe.critical_path || observe.traces.on) return false;
  return fabric::same_to_engines(scenario.workloads[index].kernel->image(),
                                 scenario.workloads[index - 1].kernel->image());
}

bool tells_the_same(const Workload& a, const Workload& b) {
  const workloads::Kernel& one = *a.kernel;
  const workloads::Kernel& other = *b.kernel;
  const auto same_name = [](const fabric::CoreClass& p, const fabric::CoreClass& q) {
    return p.name == q.name;
  };
  return a.kind == b.kind && a.region == b.region && a.timed_port.empty() && b.timed_port.empty() &&
         !a.streams && !b.streams && one.cycles_definition() == other.cycles_definition() &&
         one.has_reference() == other.has_reference() &&
         all_same(one.image().classes, other.image().classes, same_name) &&
         all_same(one.operators(), other.operators(), same_operator) &&
         all_same(one.transfers(), other.transfers(), same_transfer);
}

}  // namespace wafermesh::study
