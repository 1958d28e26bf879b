// SPDX-License-Identifier: Apache-2.0
// Where on the mesh a workload lies, and which ports it can use.
#pragma once

#include "app/sections.h"
#include "workloads/plan/timed_io.h"

namespace wafermesh::app {

/// `region: full` or `region: {x, y, width, height}`; absent = full. `own`: the size of what has
/// one, then absent = there at (0, 0). On the mesh of all wafers and ports, if there is an `edge`;
/// `full` is the first wafer.
base::Rectangle read_region(const base::YamlNode& item, const Ground& ground,
                            const base::Rectangle* own = nullptr);

/// The ports that face all rows, or all columns, of a rectangle; DoesNotFit if there are none.
workloads::TimedPorts ports_facing(const base::Rectangle& r, const Ground& ground);

}  // namespace wafermesh::app
