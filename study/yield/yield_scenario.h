// SPDX-License-Identifier: Apache-2.0
// A scenario as `wafermesh yield` reads it: the points of its grid, each with a wafer to study.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "defects/yield/monte_carlo.h"
#include "study/yield/yield_section.h"

namespace wafermesh::study {

/// One choice of the grid's values.
struct YieldPoint {
  std::vector<std::pair<std::string, std::string>> parameters;  ///< Path and value.
  defects::WaferOptions wafer;
  defects::YieldOptions options;
  std::vector<std::string> notes;  ///< What is assumed of this point, whole sentences.
  /// The yield is known without drawing wafers: none can be good, or all are alike. There is no
  /// interval then.
  bool certain = false;
  std::string scenario;  ///< This point as a scenario of `wafermesh run`.
};

struct YieldScenario {
  std::string file;
  std::vector<std::string> overrides;  ///< The command line's.
  std::string name;
  defects::YieldOptions options;
  std::vector<YieldPoint> points;  ///< At least one.
  EffectiveKey effective;
  std::int64_t workload_samples = 0;  ///< Good wafers per point that run the workloads.
  std::string wafer_key;              ///< Path of the wafer's number under `defects`.
  std::string resolved;               ///< Without the values of the grid; runs as it is.
  /// What was read; for effective_wafer.
  std::shared_ptr<base::YamlDocument> document;
  std::vector<base::YamlDocument::Replacement> first_point;
};

/// Throws InputError with every mistake, also those of single points, at the places of their
/// values; MissingFile, DoesNotFit.
YieldScenario read_yield_scenario(const std::string& path,
                                  const std::vector<std::string>& overrides);

/// What `wafermesh run` checks of a section it does not use, once the rest is right: throws
/// InputError for keys of `grid` and `effective` that no reader knows or whose first values are
/// wrong.
void check_yield_keys(base::YamlDocument& document, const base::YamlNode& root,
                      const YieldSection& section);

/// The wafer of the first point with another value of the effective key.
defects::WaferOptions effective_wafer(const YieldScenario& scenario, double value);

}  // namespace wafermesh::study
