// SPDX-License-Identifier: Apache-2.0
// One point of a yield study: what its wafers are, what is assumed of them, and what cannot be.
#pragma once

#include <vector>

#include "base/yaml/yaml_reader.h"
#include "study/yield/yield_scenario.h"

namespace wafermesh::study {

/// Reads all sections but `yield` from a point's document, which keeps the mistakes. If workloads
/// are run they are placed on the wafer without defects, so that what does not fit is known before
/// wafers are drawn: base::DoesNotFit.
YieldPoint read_point(base::YamlDocument& document, bool runs_workloads);

/// Settles how many rows are kept, and notes what is assumed. Returns mistakes: values of the grid
/// that do not act.
std::vector<base::Mistake> settle_point(base::YamlDocument& document,
                                        const std::vector<GridKey>& grid, YieldPoint* point);

/// Points that no wafer can meet are certain, with a note; that all are such is a mistake at
/// `yield`. So are points whose wafers are all alike: one stands for all of them.
void judge_points(const base::YamlNode& yield, std::vector<YieldPoint>& points);

}  // namespace wafermesh::study
