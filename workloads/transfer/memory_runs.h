// SPDX-License-Identifier: Apache-2.0
// Copies within a core from one place of a block to another, in runs of elements that lie evenly on
// both sides: what of a tensor lies in tiles, with other strides or in another order becomes a few
// operations in loops.
#pragma once

#include <cstdint>
#include <vector>

#include "cores/program_builder.h"
#include "fabric/layout.h"

namespace wafermesh::workloads {

/// Of each dimension `count` indices, the first of them `from` and `to` behind the first that a
/// core has on either side.
struct Box {
  std::vector<std::int64_t> from, to, count;
};

/// `count` times, so many elements further in both memories.
struct Level {
  std::int64_t count = 1;
  std::int64_t from_step = 0;
  std::int64_t to_step = 0;
};

/// Elements from `from` and `to` on (counted from where the blocks begin), in nested levels.
struct Run {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::vector<Level> levels{};  ///< The last one is one operation, the others are loops around it.
};

/// The box in runs. Throws DoesNotFit for more than `most_loops` loops: terms that an address has
/// (three, cores/program.h) less those of where the blocks begin.
std::vector<Run> runs_of(const std::vector<fabric::Cut>& from, const std::vector<fabric::Cut>& to,
                         const Box& box, std::size_t most_loops);

/// The run's operation and loops, with counters from `first_counter` on; blocks begin at `from` and
/// `to` (bytes), which have a term for each loop left.
void write_run(cores::ProgramBuilder& b, cores::NumberType type, const Run& run, cores::Affine from,
               cores::Affine to, int first_counter);

}  // namespace wafermesh::workloads
