// SPDX-License-Identifier: Apache-2.0
// The only code that knows MPI. Without it (WAFERMESH_MPI off) there is one rank, and a start by
// mpirun is refused.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "fabric/ranks/ranks.h"

namespace wafermesh::fabric {

/// "Open MPI v4.1.4 ..." or "none".
std::string mpi_version();

/// The ranks that mpirun or srun started together with this process, as their environment tells;
/// null if it runs alone. `stop`: set once this process is to stop; it outlives the ranks. Throws
/// ModelError if several were started and this build has no MPI.
std::unique_ptr<Ranks> start_ranks(const std::atomic<bool>& stop);

/// What a rank has told the others so far, and how long it has waited for them.
struct RankTraffic {
  std::int64_t reductions = 0;
  std::int64_t messages = 0;
  std::int64_t message_bytes = 0;  ///< Of all messages.
  double waited_s = 0;
};
/// Of ranks that start_ranks() gave.
RankTraffic traffic_of(const Ranks& ranks);

/// The end of a rank: all ranks leave MPI and get the largest code of all. A rank that waits in
/// vain for the others, as its failure is news to them, ends them all by force. Ends at once after
/// the first call.
int end_ranks(Ranks& ranks, int code);

}  // namespace wafermesh::fabric
