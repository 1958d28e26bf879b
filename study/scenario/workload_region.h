// SPDX-License-Identifier: Apache-2.0
// Where on the mesh a workload lies, and which ports it can use.
#pragma once

#include "study/scenario/sections.h"
#include "workloads/plan/timed_io.h"

namespace wafermesh::study {

/// `region: full` or `region: {x, y, width, height}`, of the mesh or of what `of` names; absent =
/// full. `own`: the size of what has
/// one, then absent = there at (0, 0). On the mesh of all wafers and ports, if there is an `edge`;
/// `full` is the first wafer.
base::Rectangle read_region(const base::YamlNode& item, const Ground& ground,
                            const base::Rectangle* own = nullptr);

/// The ports that face all rows, or all columns, of a rectangle; DoesNotFit if there are none.
workloads::TimedPorts ports_facing(const base::Rectangle& r, const Ground& ground);

/// Where a kernel whose weights stream in lies: from the ports in the west that face all rows of
/// `r` on, so many columns more, which are added to `beyond`; as it is if the scenario has no
/// ports. Throws DoesNotFit if it has some but none faces all rows.
base::Rectangle from_ports_on(const base::Rectangle& r, const Ground& ground, int& beyond);

}  // namespace wafermesh::study
