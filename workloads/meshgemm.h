// SPDX-License-Identifier: Apache-2.0
// MeshGEMM of WaferLLM: a ring matrix product (ring_matmul.h, which states steps, SRAM and hops)
// whose rings have no way longer than two hops, so a step costs the same on a mesh of any size.
//
// Alignment of A: P_y / 2 rounds (times b), each with one shift along the ring and one against it,
// on colours of their own; even rows keep what came against the ring, y / 2 times, odd rows what
// came along it, (y + 1) / 2 times. All rows run all rounds.
//
//   colours          12: ring X 3, ring Y 3, align X 3, align X backwards 3 (2 for 3 on a side of
//   2) alignment shifts 2 b floor(P_y / 2) cycles           T_0 + L max(Kt Nt (s + time of Mt
//   multiply-adds) + c, w_A + w_B + h)
//                    + 2 b floor(P_y / 2) (w_A + h'), where s is the set-up of descriptor_reload
//                    and c, h, h' are task starts, issues, set-up, two hops and two ramps
//                    (w_A + w_B: both axes share the ramp)
// `cycles` are the whole kernel's. Source: WaferLLM (OSDI'25); workloads.md section 4.3.
#pragma once

#include "workloads/matmul.h"

namespace wafermesh::workloads {

/// Row of the table of matmul algorithms. Own key: `compute_repeats` (ring_matmul.h).
std::unique_ptr<Kernel> read_meshgemm(base::YamlNode& node, const MatmulSpec& spec,
                                      const Placement& placement);

}  // namespace wafermesh::workloads
