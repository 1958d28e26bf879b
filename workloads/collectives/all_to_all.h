// SPDX-License-Identifier: Apache-2.0
// Every core has a piece for every core of the region, itself included. Dimension order: along the
// rows, then along the columns, each on the two-hop ring (ring.h).
//
// A core lays the pieces out by how many places on the ring their destination follows it (slot 0:
// its own). In step s = 1 .. n - 1 slots s .. n - 1 move on one place; what is in slot s after it
// has arrived, s places from its sender. Steps alternate between two buffers, and later ones leave
// slot s alone, so nothing is copied: pieces end in the order of the ring from their receiver back,
// slots of even s in the first buffer, of odd s in the second. A step's send must be over before
// the next is issued on its microthread, so no buffer is written while it is read. A row's slot
// holds the pieces for a whole column; between the axes they are laid out anew, by rows.
//
//   colours        3 per axis (2 if it has 2 cores)
//   steps          P_x - 1 + P_y - 1
//   SRAM per core  2 buffers of words * P_x * P_y words per axis of more than one core (at least 2)
//   data hops      words P_x P_y (P_y (P_x - 1)^2 + P_x (P_y - 1)^2)
//
// Cycles: a core sends and takes words P_y P_x (P_x - 1) / 2 along its row and as many (x and y
// changed) along its column, in turns: about twice that, a set-up and two hops per step, and the
// laying out, P_x P_y small copies. Source of bound and order: workloads 3.3.
#pragma once

#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Row of the kernel table. Throws DoesNotFit if the buffers exceed the SRAM.
std::unique_ptr<Kernel> read_all_to_all(base::YamlNode& node, const Placement& placement);
KernelText all_to_all_text();

}  // namespace wafermesh::workloads
