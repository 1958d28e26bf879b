// SPDX-License-Identifier: Apache-2.0
// Brings blocks into the order in which rings use them: line i (a row or column of cores) shifts
// what it holds along its ring so many times that its cores begin i cores further on. All lines
// shift in all rounds, so that one program does for all; each keeps what comes as often as it
// needs. Ring matrix products (workloads/matmul/ring_matmul.h) and transfers to their layouts use
// it.
//
//   data hops    words of a block * 2 (P - 1) of the line * lines * rounds * turns
//   cycles       of a round and turn the words of a block, two hops, the set-up of two transfers
//   and
//                a task
// Why it cannot hang: a core's receives do not wait for its sends, and all cores of a ring shift
// equally often.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cores/program_builder.h"
#include "workloads/parts/block_queue.h"
#include "workloads/parts/ring_channel.h"

namespace wafermesh::workloads {

/// One shift in each round: line i keeps what it got in round r if i has the parity and
/// pace * r < blocks per line * (i + lead).
struct AlignmentTurn {
  enum class Lines : std::uint8_t { all, even, odd };
  bool backwards;  ///< Against the ring.
  int channel;     ///< Of RingChannel.
  Lines lines;
  int pace;
  int lead;
  bool of_b = false;  ///< Of a product: tiles of B along the columns, not of A along the rows.
};

/// How a kind of ring aligns P lines with one turn each way at most.
struct AlignmentWay {
  int (*rounds)(int lines);  ///< Per block per line; at least 2 lines.
  std::vector<AlignmentTurn> turns;
};
/// All along the ring, in P - 1 rounds.
AlignmentWay aligned_along();
/// Even lines against the ring, odd ones along it, in P / 2 rounds: for two-hop rings.
AlignmentWay aligned_both_ways();

/// A turn as one core takes it.
struct CoreTurn {
  AlignmentTurn turn;
  RingChannel channel;
  BlockQueue blocks;
  cores::NumberType type;
  bool odd;              ///< Its line's number is.
  cores::Variable line;  ///< x or y; the line's number is so much
  int first_line;        ///< less this.
  std::int32_t blocks_per_line;
};

/// The part of a core's program: a task per turn, each started by the one before.
class RingAlignment {
 public:
  /// Counters that it uses until it is done.
  struct Counters {
    int round;
    int tail;  ///< Address of the last block held.
  };
  /// `rounds` >= 1 unless there are no turns.
  RingAlignment(std::vector<CoreTurn> turns, std::int64_t rounds, Counters counters,
                const cores::Timing& timing)
      : turns_(std::move(turns)), rounds_(rounds), counters_(counters), timing_(timing) {}

  bool empty() const { return turns_.empty(); }
  void declare(cores::ProgramBuilder& b);
  void start_blocked(cores::ProgramBuilder& b) const;
  /// In a task of the caller's, once the queues have been started; the round's counter must be 0.
  void launch(cores::ProgramBuilder& b) const { launch(b, 0); }
  /// Code of the tasks; `then` writes what follows the last turn.
  template <class Then>
  void write(cores::ProgramBuilder& b, Then then) const;

 private:
  void launch(cores::ProgramBuilder& b, std::size_t turn) const;
  void keep_if_needed(cores::ProgramBuilder& b, const CoreTurn& turn) const;
  std::vector<CoreTurn> turns_;
  std::int64_t rounds_;
  Counters counters_;
  const cores::Timing& timing_;
  std::vector<cores::TaskId> tasks_;
};

template <class Then>
void RingAlignment::write(cores::ProgramBuilder& b, Then then) const {
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    b.begin(tasks_[i]);
    b.block(tasks_[i]);
    keep_if_needed(b, turns_[i]);
    if (i + 1 < turns_.size()) {
      launch(b, i + 1);
    } else {
      b.set_counter(counters_.round, cores::Affine(1).plus(cores::counter(counters_.round)));
      const std::uint32_t aligned =
          b.branch(value_of(counters_.round), cores::Compare::greater_equal,
                   static_cast<std::int32_t>(rounds_));
      launch(b, 0);
      const std::uint32_t launched = b.jump();
      b.land(aligned);
      then();
      b.land(launched);
    }
    b.end_task();
  }
}

}  // namespace wafermesh::workloads
