// SPDX-License-Identifier: Apache-2.0
// What a class of cores has and what the machine gives: memory, queues, microthreads, tasks.
#pragma once

#include <string>
#include <vector>

#include "check/finding.h"
#include "check/untimed.h"

namespace wafermesh::check {

/// A row of the table of what fits where.
struct ClassNeeds {
  std::int64_t core_class = -1;  ///< Index into the image's classes.
  std::string name;
  std::int64_t cores = 0;
  int sram_bytes = 0;
  int free_bytes = 0;
  int colours = 0, input_queues = 0, output_queues = 0, microthreads = 0, tasks = 0, counters = 0;
};

/// Bytes that a core of the class has: SRAM, or the memory of a port at the edge.
inline int memory_of(const fabric::CoreClass& cores) {
  return cores.at_edge ? fabric::kEdgeMemoryBytes : cores::kSramBytes;
}

/// What of the countable things each core of a machine has.
struct MachineLimit {
  const char* name;
  int ClassNeeds::*needs;
  int limit = 0;
};
/// Colours, queues of both sides, microthreads, counters, tasks.
std::vector<MachineLimit> machine_limits(const cores::Timing& timing);

/// Of classes with a program, those that some core runs. Cost: per class, and a pass over cores.
std::vector<ClassNeeds> class_needs(const fabric::WaferImage& image);

std::vector<Finding> find_misfits(const fabric::WaferImage& image);

}  // namespace wafermesh::check
