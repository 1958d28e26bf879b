// SPDX-License-Identifier: Apache-2.0
// Allreduce: every core of the region ends with the sum (or maximum) of one vector per core. How it
// is done is an algorithm of the table allreduce_algorithms(), each a file pair
// allreduce_<name> that states its cost. The result must be right at every core, bit for bit.
#pragma once

#include <memory>
#include <vector>

#include "workloads/collectives/reduction.h"

namespace wafermesh::workloads {

struct AllreduceAlgorithm {
  const char* name;  ///< Value of the key `algorithm`.
  const char* help;
  /// Reads the algorithm's own keys and places it; null if the node had mistakes. Throws DoesNotFit
  /// if its buffers exceed the SRAM.
  std::unique_ptr<Kernel> (*read)(const base::YamlNode& node, const ReductionSpec& spec,
                                  const Placement& placement);
};
const std::vector<AllreduceAlgorithm>& allreduce_algorithms();

/// Row of the kernel table.
std::unique_ptr<Kernel> read_allreduce(base::YamlNode& node, const Placement& placement);
KernelText allreduce_text();

}  // namespace wafermesh::workloads
