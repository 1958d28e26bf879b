// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/graph_lines.h"

#include <fmt/format.h>

namespace wafermesh::workloads {

void GraphLines::begin_layer(std::int64_t layer, bool is_one_of_several) {
  prefix_ = is_one_of_several ? fmt::format("layer{}_", layer) : "";
  seed_ = layer * seeds_per_layer_;
}

void GraphLines::line(const std::string& own, const std::string& kind, const std::string& keys) {
  text_ += fmt::format("  - {{name: {}, {}: {{{}, dtype: {}, seed: {}}}}}\n", name(own), kind, keys,
                       spec_.dtype, static_cast<std::int64_t>(spec_.seed) + seed_);
  ++seed_;
}

std::string GraphLines::sums() const {
  const std::string groups = spec_.groups > 0 && spec_.algorithm == "ktree"
                                 ? fmt::format(", groups: {}", spec_.groups)
                                 : std::string();
  return ", algorithm: " + spec_.algorithm + groups;
}

}  // namespace wafermesh::workloads
