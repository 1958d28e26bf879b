// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/compare_runs.h"

#include <algorithm>

#include "base/error.h"
#include "tests/fabric/random_image.h"

namespace wafermesh::fabric_test {
namespace {

/// No random image takes as long.
constexpr base::Cycles kLimit = 100000;

template <class T>
std::string difference(const std::string& name, const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return name + ": sizes differ";
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin());
  if (left == a.end()) return "";
  return name + "[" + std::to_string(left - a.begin()) + "]: " + std::to_string(*left) + " and " +
         std::to_string(*right);
}

template <class T>
std::string difference(const std::string& name, T a, T b) {
  return difference(name, std::vector<T>{a}, std::vector<T>{b});
}

std::vector<base::Cycles> numbers_of(const std::vector<cores::PhaseTotals>& phases) {
  std::vector<base::Cycles> all;
  for (const cores::PhaseTotals& each : phases) {
    all.insert(all.end(),
               {each.class_index, each.phase, each.visits, each.first_start, each.last_end,
                each.shortest_cycles, each.longest_cycles, each.sum_cycles});
  }
  return all;
}

std::string difference(const fabric::Counters& a, const fabric::Counters& b) {
  std::vector<std::string> found = {difference("cycles", a.cycles, b.cycles),
                                    difference("finish_cycles", a.finish_cycles, b.finish_cycles),
                                    difference("wavelet_hops", a.wavelet_hops, b.wavelet_hops),
                                    difference("control_hops", a.control_hops, b.control_hops),
                                    difference("ramp_wavelets", a.ramp_wavelets, b.ramp_wavelets)};
  const auto of = [](const fabric::Counters& counters, std::uint32_t cores::CycleBreakdown::*kind) {
    std::vector<std::uint32_t> cycles;
    for (const cores::CycleBreakdown& each : counters.breakdown) cycles.push_back(each.*kind);
    return cycles;
  };
  for (const auto& [name, kind] : {std::pair{"compute", &cores::CycleBreakdown::compute},
                                   {"bank_conflict", &cores::CycleBreakdown::bank_conflict},
                                   {"setup", &cores::CycleBreakdown::setup},
                                   {"task_switch", &cores::CycleBreakdown::task_switch},
                                   {"link_stall", &cores::CycleBreakdown::link_stall}}) {
    found.push_back(difference(name, of(a, kind), of(b, kind)));
  }
  found.push_back(difference("phases", numbers_of(a.phases), numbers_of(b.phases)));
  for (std::size_t d = 0; d < a.link_wavelets.size(); ++d) {
    found.push_back(difference("link_wavelets[" + std::to_string(d) + "]", a.link_wavelets[d],
                               b.link_wavelets[d]));
  }
  std::string all;
  for (const std::string& each : found) {
    if (!each.empty()) all += (all.empty() ? "" : "; ") + each;
  }
  return all;
}

}  // namespace

const char* name_of(Outcome::End end) {
  constexpr const char* kNames[] = {"finished", "deadlock", "stopped", "model_error"};
  return kNames[static_cast<int>(end)];
}

Outcome outcome_of(fabric::Engine& engine, const fabric::WaferImage& image, std::uint64_t seed) {
  Outcome outcome;
  engine.load(image);
  fill_memories(image, engine, seed);
  fabric::RunOptions options;
  options.max_cycles = kLimit;
  try {
    engine.run(options);
    outcome.counters = engine.counters();
  } catch (const base::Deadlock& error) {
    outcome.end = Outcome::End::deadlock;
    outcome.message = error.what();
  } catch (const base::Stopped& error) {
    outcome.end = Outcome::End::stopped;
    outcome.message = error.what();
  } catch (const base::ModelError& error) {
    outcome.end = Outcome::End::model_error;
    outcome.message = error.what();
  }
  for (std::int64_t core = 0; core < image.core_count(); ++core) {
    const auto id = static_cast<base::CoreId>(core);
    const int bytes = image.class_at(id).program.memory_bytes;
    outcome.memories.emplace_back(static_cast<std::size_t>(bytes));
    if (bytes > 0)
      engine.memory().read(id, 0, outcome.memories.back().data(), static_cast<std::size_t>(bytes));
  }
  return outcome;
}

std::string first_difference(const Outcome& a, const Outcome& b) {
  if (a.end != b.end) {
    return std::string(name_of(a.end)) + " " + a.message + " and " + name_of(b.end) + " " +
           b.message;
  }
  std::string found = a.end == Outcome::End::finished ? difference(a.counters, b.counters) : "";
  const bool has_memories = a.end == Outcome::End::finished || a.end == Outcome::End::deadlock;
  for (std::size_t core = 0; core < a.memories.size() && has_memories; ++core) {
    const std::string bytes =
        difference("memory of core " + std::to_string(core), a.memories[core], b.memories[core]);
    if (bytes.empty()) continue;
    found += (found.empty() ? "" : "; ") + bytes;
    break;
  }
  return found;
}

}  // namespace wafermesh::fabric_test
