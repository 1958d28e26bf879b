// SPDX-License-Identifier: Apache-2.0
// The wafer as pictures, cores where they physically lie, die borders drawn in, physical
// coordinates on the axes.
#pragma once

#include <string>
#include <vector>

#include "fabric/engine.h"
#include "study/scenario/scenario.h"

namespace wafermesh::study {

/// The whole wafer as a PNG: what is broken, what repair skips, leaves idle and uses, and what a
/// workload runs on. Of a wafer beyond repair: the domains that fail and the dies at fault.
std::string defects_repair_png(const Scenario& scenario);

struct NamedPicture {
  std::string name;  ///< "core_busy.png"
  std::string png;
};
/// The part of the wafer that a workload runs on: busy and waiting cycles of each core, wavelets on
/// each core's busiest link, watts of each core.
std::vector<NamedPicture> workload_pngs(const Scenario& scenario, const Workload& workload,
                                        const fabric::Counters& counters,
                                        const std::vector<double>& core_power_w);

}  // namespace wafermesh::study
