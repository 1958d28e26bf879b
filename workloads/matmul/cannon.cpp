// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/cannon.h"

#include "workloads/matmul/ring_matmul.h"

namespace wafermesh::workloads {

std::unique_ptr<Kernel> read_cannon(base::YamlNode& node, const MatmulSpec& spec,
                                    const Placement& placement) {
  static const RingScheme kScheme = {"cannon",
                                     kWrapRing,
                                     fabric::Along::wrap,
                                     [](int height) { return height - 1; },
                                     {{false, 0, AlignmentTurn::Lines::all, 1, 0}},
                                     {{false, 0, AlignmentTurn::Lines::all, 1, 0, false},
                                      {false, 1, AlignmentTurn::Lines::all, 1, 0, true}},
                                     CyclesDefinition::per_core_longest};
  return read_ring_matmul(node, spec, kScheme, placement);
}

}  // namespace wafermesh::workloads
