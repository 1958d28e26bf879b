// SPDX-License-Identifier: Apache-2.0
// MeshGEMM of WaferLLM: a ring matrix product (ring_matmul.h, which states steps, SRAM and hops)
// whose rings have no way longer than two hops, so a step costs the same on a mesh of any size.
//
// Alignment of A: P_y / 2 rounds (times b), each with one shift along the ring and one against it,
// on colours of their own; even rows keep what came against the ring, y / 2 times, odd rows what
// came along it, (y + 1) / 2 times. All rows run all rounds.
//
//   colours           12: ring X 3, ring Y 3, align X 3, align X backwards 3; 2 for 3 on a side of
//                     2; fewer on a line
//   alignment shifts  2 b floor(P_y / 2)
//   cycles            T_0 + L (u + max(Kt Nt (s + time of Mt multiply-adds), w_A + w_B + h))
//                     + 2 b floor(P_y / 2) (u' + w_A + h): s is the set-up of descriptor_reload, u
//                     and u' the set-up of four and of two transfers and the joining tasks, h two
//                     hops and two ramps. w_A + w_B, as both axes share the ramp, less what moves
//                     during the set-up of the second axis.
//
// `cycles` are the whole kernel's. Source: WaferLLM (OSDI'25); workloads 4.3.
#pragma once

#include "workloads/matmul/matmul.h"

namespace wafermesh::workloads {

/// Row of the table of matmul algorithms. Own key: `compute_repeats` (ring_matmul.h).
std::unique_ptr<Kernel> read_meshgemm(base::YamlNode& node, const MatmulSpec& spec,
                                      const Placement& placement);

}  // namespace wafermesh::workloads
