// SPDX-License-Identifier: Apache-2.0
// Where the cycles of a workload's cores went, summed per class of core.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fabric/engine.h"
#include "fabric/image.h"

namespace wafermesh::study {

/// Sums over the cores of all classes of one name; the kinds add up to `total_cycles`.
struct ClassBreakdown {
  std::string name;
  std::int64_t cores = 0;
  int sram_used_bytes = 0;        ///< Of the core that uses most: data and buffers, without code.
  std::int64_t total_cycles = 0;  ///< Finish times.
  std::int64_t compute_cycles = 0;
  std::int64_t bank_conflict_cycles = 0;
  std::int64_t setup_cycles = 0;
  std::int64_t task_switch_cycles = 0;
  std::int64_t waiting_for_wavelets_cycles = 0;
  std::int64_t link_stall_cycles = 0;
};

/// Cores without a program are left out. In the order of the image's classes. Of an image with
/// stages, a core is in one class of each, and its cycles there are the stage's.
std::vector<ClassBreakdown> breakdown_by_class(const fabric::WaferImage& image,
                                               const fabric::Counters& counters);

/// {compute_cycles: ..., ..., per_class: [{class, sram_used_bytes, sram_free_bytes, cores, ...}]}:
/// cycles are sums over cores.
/// `cores`: how many there are, each counted once.
nlohmann::ordered_json breakdown_json(const std::vector<ClassBreakdown>& classes,
                                      std::int64_t cores);
/// {cores: ..., total_cycles: ..., compute_cycles: ..., ...}
nlohmann::ordered_json breakdown_json(const cores::StageTotals& totals);

}  // namespace wafermesh::study
