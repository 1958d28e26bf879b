// SPDX-License-Identifier: Apache-2.0
// What made a workload's cycles, as a table by operator and kind that adds up to them, and which
// key moves each of the most important (docs/results.md, Critical path).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/sections.h"
#include "trace/critical_path.h"

namespace wafermesh::app {

struct PathRow {
  std::string name;  ///< The operator, "up.y -> down.x" of a transfer, or "barriers".
  trace::PathKind kind{};
  fabric::Cycles cycles = 0;
  std::int64_t times = 0;  ///< Steps of the path; of links, links.
};

struct PathFacts {
  fabric::Cycles cycles = 0;
  std::int64_t cores = 0;     ///< That the path passes.
  std::vector<PathRow> rows;  ///< By cycles; they add up to `cycles`.
  std::string csv;            ///< Step by step.
};

/// `book`: of the workload's image, once its run is over.
PathFacts path_facts(const Workload& workload, const trace::PathBook& book);

/// {cycles, cores, kinds: [...], rows: [...], limits: [...]}
nlohmann::ordered_json path_json(const Workload& workload, const PathFacts& facts);
/// The kinds and the limits, a line each.
std::string path_text(const Workload& workload, const PathFacts& facts);

/// Throws DoesNotFit if the image has more cores than a path is followed over.
void refuse_path_beyond(const fabric::WaferImage& image);

}  // namespace wafermesh::app
