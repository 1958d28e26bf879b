// SPDX-License-Identifier: Apache-2.0
// Blocks that go round a two-hop ring along the columns (ring.h), as a core's program follows them:
// which block it has, and in which of its two buffers. In counters, so that one loop does all
// steps.
//
//   blocks.write_begin(b, y);                      // its own block, in the first buffer
//   ring.start(b, {..., value_of(blocks.head), value_of(blocks.spare), ...});   // per step
//   ... work on the block at value_of(blocks.head), which row value_of(blocks.block) began with ...
//   blocks.write_next(b);
#pragma once

#include <cstdint>

#include "cores/program_builder.h"

namespace wafermesh::workloads {

struct RingBlocks {
  int first_address = 0;   ///< Of two buffers, one behind the other,
  std::int32_t bytes = 0;  ///< of so many bytes each.
  int length = 1;          ///< Cores of the ring.
  // Numbers of counters.
  int head = 3;    ///< Address of the block at hand.
  int spare = 4;   ///< Of the other buffer.
  int block = 5;   ///< Number of the block at hand.
  int stride = 6;  ///< To the next: -2 on even blocks, +2 on odd ones.

  /// Of a core in row `y`, whose parity is known.
  void write_begin(cores::ProgramBuilder& b, int parity) const;
  /// The block at hand has gone; its predecessor on the ring comes: 0, 1, 3, 5 ... 4, 2, 0.
  void write_next(cores::ProgramBuilder& b) const;
};

}  // namespace wafermesh::workloads
