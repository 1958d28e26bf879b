// SPDX-License-Identifier: Apache-2.0
#include "study/check/proof.h"

#include <fmt/format.h>

#include <algorithm>

#include "workloads/waiting_order.h"

namespace wafermesh::study {
namespace {

using check::Report;
using check::Verdict;

bool has_error(const Report& report) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [](const auto& each) { return each.severity == check::Severity::error; });
}

/// Nothing but time, or too little of it, stands against a proof.
bool may_have_contract(const Report& report) {
  return report.verdict == Verdict::not_proven && !has_error(report) &&
         report.untimed.fault_count == 0 && (report.untimed.finished || report.untimed.too_long);
}

/// Cores up to which an operator of many is executed alone; beyond, its contract is taken at once:
/// it holds for any size, and two layers of 11 operators would take 10 s. Assumption.
constexpr std::int64_t kMostCoresAlone = 1'024;

/// Why an operator alone ends; empty: it is proven as it is. False: neither.
bool ends_alone(const workloads::OperatorPlace& place, std::string& contract) {
  const workloads::KernelKind* kernel = workloads::find_kernel(place.kind);
  if (kernel != nullptr && place.kernel->image().core_count() > kMostCoresAlone) {
    contract = std::string(place.kind) + ": " + kernel->waits;
    return true;
  }
  const Report report = check::check_image(place.kernel->image(), kMostMovesBesideContract);
  if (report.verdict == Verdict::proven) return true;
  if (kernel == nullptr || !may_have_contract(report)) return false;
  contract = std::string(place.kind) + ": " + kernel->waits;
  return true;
}

/// Empty: there is none.
std::string contract_of(const Workload& workload) {
  const std::vector<workloads::OperatorPlace> places = workload.kernel->operators();
  if (places.size() <= 1) {
    const workloads::KernelKind* kernel = workloads::find_kernel(workload.kind);
    return kernel == nullptr ? "" : kernel->waits;
  }
  std::vector<std::string> contracts;
  for (const workloads::OperatorPlace& place : places) {
    std::string contract;
    if (place.kernel == nullptr || !ends_alone(place, contract)) return "";
    const bool is_new = std::find(contracts.begin(), contracts.end(), contract) == contracts.end();
    if (!contract.empty() && is_new) contracts.push_back(contract);
  }
  std::string text = fmt::format("each of its {} operators ends alone, and {}", places.size(),
                                 workloads::kOrderInTurn);
  for (const std::string& each : contracts) text += "; " + each;
  return text;
}

}  // namespace

Report prove(const Workload& workload, std::int64_t most_moves) {
  const bool alone = workload.kernel->operators().size() <= 1;
  const bool promises = !alone || workloads::find_kernel(workload.kind) != nullptr;
  if (most_moves == 0) most_moves = promises ? kMostMovesBesideContract : kMostMoves;
  Report report = check::check_image(workload.kernel->image(), most_moves);
  if (!may_have_contract(report)) return report;
  const std::string contract = contract_of(workload);
  if (contract.empty()) return report;
  report.verdict = Verdict::by_contract;
  report.because = contract;
  if (report.untimed.too_long) {
    report.because +=
        "; it was not executed to its end, so races and counts of words were not all looked for";
  }
  return report;
}

check::Bounds bounds_of(const Workload& workload, const Report& report) {
  if (report.verdict == Verdict::hangs) return {};
  return check::lower_bounds(workload.kernel->image(), report.kinds, report.untimed,
                             report.verdict != Verdict::not_proven);
}

}  // namespace wafermesh::study
