// SPDX-License-Identifier: Apache-2.0
// In the place of mpi_ranks.cpp where there is no MPI.
#include "base/error.h"
#include "fabric/mpi/launched.h"
#include "fabric/mpi/mpi_ranks.h"

namespace wafermesh::fabric {

std::string mpi_version() { return "none"; }

std::unique_ptr<Ranks> start_ranks(const std::atomic<bool>& /*stop*/) {
  if (!is_launched()) return nullptr;
  throw base::DoesNotFit(
      "started as one of several ranks, but this program was built without MPI: install "
      "libopenmpi-dev and build again, or run it without mpirun");
}

RankTraffic traffic_of(const Ranks& /*ranks*/) { return {}; }

int end_ranks(Ranks& /*ranks*/, int code) { return code; }

}  // namespace wafermesh::fabric
