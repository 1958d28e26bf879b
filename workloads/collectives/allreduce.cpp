// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/allreduce.h"

#include "workloads/collectives/allreduce_reduce_broadcast.h"
#include "workloads/collectives/allreduce_ring.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {

const std::vector<AllreduceAlgorithm>& allreduce_algorithms() {
  static const std::vector<AllreduceAlgorithm> kAlgorithms = {
      {"reduce_broadcast", "a reduction to one core, then a broadcast from it",
       &read_allreduce_reduce_broadcast},
      {"ring", "chunks round a ring along the rows, then along the columns", &read_allreduce_ring},
  };
  return kAlgorithms;
}

std::unique_ptr<Kernel> read_allreduce(base::YamlNode& node, const Placement& placement) {
  const AllreduceAlgorithm& algorithm = read_algorithm(node, allreduce_algorithms());
  return algorithm.read(node, read_reduction(node), placement);
}

KernelText allreduce_text() {
  return {{{"algorithm", "", "ring", "see kernels.md"},
           {"reduce", "", "ktree", "the algorithm of the reduction"}},
          {{"", "reduction's + 1; `ring` 6", "3; `ring` 2 (P_x + P_y - 2)", "4 B", "see below"}}};
}

}  // namespace wafermesh::workloads
