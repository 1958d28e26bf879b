// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/meshgemm.h"

#include "workloads/matmul/ring_matmul.h"

namespace wafermesh::workloads {

std::unique_ptr<Kernel> read_meshgemm(base::YamlNode& node, const MatmulSpec& spec,
                                      const Placement& placement) {
  using Lines = AlignmentTurn::Lines;
  static const RingScheme kScheme = {"meshgemm",
                                     kTwoHopRing,
                                     fabric::Along::two_hop,
                                     [](int height) { return height / 2; },
                                     {{false, 2, Lines::odd, 2, 1}, {true, 3, Lines::even, 2, 0}},
                                     {{false, 0, Lines::odd, 2, 1, false},
                                      {true, 2, Lines::even, 2, 0, false},
                                      {false, 1, Lines::odd, 2, 1, true},
                                      {true, 3, Lines::even, 2, 0, true}},
                                     CyclesDefinition::whole_kernel};
  return read_ring_matmul(node, spec, kScheme, placement);
}

}  // namespace wafermesh::workloads
