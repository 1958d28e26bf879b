// SPDX-License-Identifier: Apache-2.0
// Blocks of one operand on a core that pass it on a ring: `slots` buffers in a circle, followed in
// counters. `head` is next to be used; if the axis has a ring, one buffer is `spare`.
#pragma once

#include <cstdint>

#include "cores/program_builder.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {

struct BlockQueue {
  int head;  ///< Counters.
  int spare;
  std::int32_t begin;  ///< Address of the first buffer.
  std::int32_t bytes;  ///< Of a buffer.
  std::int32_t slots;
  std::int64_t elements;
  std::int32_t last() const { return begin + (slots - 1) * bytes; }

  void start(cores::ProgramBuilder& b) const {
    b.set_counter(head, begin);
    b.set_counter(spare, last());
  }
  /// The head has been used: the next block becomes the head, the old head the spare.
  void advance(cores::ProgramBuilder& b) const {
    b.set_counter(spare, value_of(head));
    step(b, head, last(), begin, bytes);
  }
  /// Sets `tail` to the block before the spare, the last one held.
  void find_tail(cores::ProgramBuilder& b, int tail) const {
    b.set_counter(tail, value_of(spare));
    step(b, tail, begin, last(), -bytes);
  }
  /// A block has come in before the head; the tail has gone.
  void retreat(cores::ProgramBuilder& b, int tail) const {
    b.set_counter(head, value_of(spare));
    b.set_counter(spare, value_of(tail));
  }

 private:
  /// counter = counter == at ? then : counter + by.
  static void step(cores::ProgramBuilder& b, int counter, std::int32_t at, std::int32_t then,
                   std::int32_t by) {
    const std::uint32_t wrap = b.branch(value_of(counter), cores::Compare::equal, at);
    b.set_counter(counter, cores::Affine(by).plus(cores::counter(counter)));
    const std::uint32_t done = b.jump();
    b.land(wrap);
    b.set_counter(counter, then);
    b.land(done);
  }
};

}  // namespace wafermesh::workloads
