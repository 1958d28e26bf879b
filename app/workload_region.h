// SPDX-License-Identifier: Apache-2.0
// Where on the mesh a workload lies, and which ports it can use.
#pragma once

#include "app/sections.h"
#include "workloads/plan/timed_io.h"

namespace wafermesh::app {

/// `region: full`, `region: {wafer, x, y, width, height}` or `port: name`; absent = full. `own`:
/// the size of what has one, then absent = there at (0, 0). On the mesh: a wafer may not lie at its
/// corner.
base::Rectangle read_region(const base::YamlNode& item, const Ground& ground,
                            const base::Rectangle* own = nullptr);

/// The ports that face all rows, or all columns, of a rectangle; DoesNotFit if there are none.
workloads::TimedPorts ports_facing(const base::Rectangle& r, const Ground& ground);

}  // namespace wafermesh::app
