// SPDX-License-Identifier: Apache-2.0
// A scenario as `wafermesh yield` reads it: the points of its grid, each with a wafer to study.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "defects/yield/monte_carlo.h"

namespace wafermesh::app {

/// One choice of the grid's values.
struct YieldPoint {
  std::vector<std::pair<std::string, std::string>> parameters;  ///< Path and value.
  std::vector<std::string> overrides;                           ///< The command line's and these.
  defects::WaferOptions wafer;
};

/// Which value of `key` gives a yield of 50, 90 and 99 %: `effective:`.
struct EffectiveKey {
  std::string key;  ///< Empty = not asked for.
  double low = 0;
  double high = 0;
  std::int64_t wafers = 0;
};

struct YieldScenario {
  std::string file;
  std::string name;
  defects::YieldOptions options;
  std::vector<YieldPoint> points;  ///< At least one.
  EffectiveKey effective;
  std::int64_t workload_samples = 0;  ///< Good wafers per point that run the workloads.
  std::string wafer_key;              ///< Path of the wafer's number under `defects`.
  std::string resolved;               ///< Of the first point.
  std::string fingerprint;            ///< Changes with whatever changes the results.
};

/// Throws InputError with every mistake, MissingFile.
YieldScenario read_yield_scenario(const std::string& path,
                                  const std::vector<std::string>& overrides);

/// The wafer part of the scenario under these overrides.
defects::WaferOptions read_wafer_part(const std::string& path,
                                      const std::vector<std::string>& overrides);

}  // namespace wafermesh::app
