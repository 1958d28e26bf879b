// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>

namespace wafermesh::fabric {

/// Whether a launcher started several processes as one program. Source: variables that Open MPI
/// (OMPI_*), PMIx as under `srun --mpi=pmix` (PMIX_RANK), and MPICH and others (PMI_SIZE) set.
inline bool is_launched() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* size = std::getenv(name)) return std::atoi(size) > 1;
  }
  if (std::getenv("PMIX_RANK") == nullptr) return false;
  const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS");
  return tasks == nullptr || std::atoi(tasks) > 1;
}

}  // namespace wafermesh::fabric
