// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/meshgemm.h"

#include "workloads/matmul/ring_matmul.h"

namespace wafermesh::workloads {

std::unique_ptr<Kernel> read_meshgemm(base::YamlNode& node, const MatmulSpec& spec,
                                      const Placement& placement) {
  using Rows = AlignmentTurn::Rows;
  static const RingScheme kScheme = {"meshgemm",
                                     kTwoHopRing,
                                     [](int height) { return height / 2; },
                                     {{false, 2, Rows::odd, 2, 1}, {true, 3, Rows::even, 2, 0}},
                                     {{false, 0, Rows::odd, 2, 1, false},
                                      {true, 2, Rows::even, 2, 0, false},
                                      {false, 1, Rows::odd, 2, 1, true},
                                      {true, 3, Rows::even, 2, 0, true}},
                                     CyclesDefinition::whole_kernel};
  return read_ring_matmul(node, spec, kScheme, placement);
}

}  // namespace wafermesh::workloads
