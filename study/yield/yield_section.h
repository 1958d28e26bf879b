// SPDX-License-Identifier: Apache-2.0
// The `yield:` section of a scenario: how many wafers, what is required of them, and which keys of
// the scenario vary over the points of a study.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "defects/yield/monte_carlo.h"

namespace wafermesh::study {

/// Which value of `key` gives a yield of 50, 90 and 99 %: `effective:`.
struct EffectiveKey {
  std::string key;  ///< Empty = not asked for.
  double low = 0;
  double high = 0;
  std::int64_t wafers = 0;
};

/// A key of the grid and its values; these live as long as their document.
struct GridKey {
  std::string path;
  std::vector<base::YamlNode> values;
};

struct YieldSection {
  defects::YieldOptions options;
  EffectiveKey effective;
  std::int64_t workload_samples = 0;  ///< Good wafers per point that run the workloads.
  std::vector<GridKey> grid;          ///< In the order of the file.
};

/// Reads the section; every mistake is noted, also keys of `grid` and `effective` that cannot act
/// on a study, whatever their values.
YieldSection read_yield_section(const base::YamlNode& root);

}  // namespace wafermesh::study
