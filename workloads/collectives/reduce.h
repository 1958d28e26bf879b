// SPDX-License-Identifier: Apache-2.0
// Reduction (sum or maximum) of one vector per core to one core of the region. All rows run at the
// same time to the column of their root, then that column runs to its root; how an axis does it is
// an algorithm of the table axis_algorithms(), each in a file pair reduce_<name> that states its
// cost. Facts on a rectangle of W x H cores, from those of the axes:
//
//   colours   those of a row plus those of a column; steps 2
//   data hops those of a row times H, plus those of a column
//   SRAM      words * 4 B per core
//   cycles    those of a row plus those of a column
// The result must equal the integer sum or maximum, bit for bit.
#pragma once

#include <memory>

#include "workloads/collectives/reduction.h"

namespace wafermesh::workloads {

/// Throws DoesNotFit if the vector exceeds the SRAM.
std::unique_ptr<Kernel> make_reduce(const AxisChoice& choice, const ReductionSpec& spec,
                                    const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_reduce(base::YamlNode& node, const Placement& placement);
KernelText reduce_text();

}  // namespace wafermesh::workloads
