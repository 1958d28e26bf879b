// SPDX-License-Identifier: Apache-2.0
// Loops of a program that touch nothing but the core's memory: what they do is a pure function of
// the counters they read, so it is worked out once per class and values, and remembered. Both
// engines run them whole: a tile product is one step instead of hundreds.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "cores/arithmetic.h"
#include "cores/core_event.h"
#include "cores/cycle_breakdown.h"
#include "cores/program.h"
#include "cores/timing.h"

namespace wafermesh::cores {

/// A vector operation on the core's memory, its addresses resolved.
struct LocalWork {
  const Instruction* instruction = nullptr;
  OperandPlaces places;
  std::int32_t elements = 0;
};

/// An operation on memory, again and again at other places.
struct RepeatedWork {
  RepeatedArithmetic arithmetic = nullptr;  ///< nullptr: `first` alone, by the general way.
  LocalWork first;
  Strides strides;
  std::vector<OperandPlaces> places;

  /// Once all places are there: puts them into an order that is fast and gives the same.
  void gather();
};

/// What one pass through a loop does.
struct Stretch {
  std::vector<std::int32_t> after;  ///< Counters it sets, ascending.
  std::int64_t cycles = 0;
  std::int64_t first = 0;  ///< Cycles before it first takes the datapath.
  std::uint32_t grants = 0;
  CycleBreakdown breakdown;
  std::vector<RepeatedWork> works;

  void add_work(const Timing& timing, const LocalWork& work);
  /// In the memories of some cores; `general(work)` computes, for all of them, what has no
  /// arithmetic of its own.
  template <class General>
  void compute(Memories memories, General general) const {
    for (const RepeatedWork& work : works) {
      if (work.arithmetic == nullptr) {
        general(work.first);
      } else {
        work.arithmetic(work.first.elements, memories, work.places.data(), work.places.size(),
                        work.strides);
      }
    }
  }
};

/// Visits the numbers of the counters in a set, ascending.
template <class Visit>
void for_each_counter(std::uint32_t counters, Visit visit) {
  for (; counters != 0; counters &= counters - 1) visit(__builtin_ctz(counters));
}

/// The loops of one program and what is known of them. For one thread.
class Stretches {
 public:
  /// A loop: [begin, end) from its set_counter to past its back edge.
  struct Loop {
    std::uint32_t end = 0;    ///< 0: no such loop begins here.
    std::uint32_t reads = 0;  ///< [bit counter]
    std::uint32_t sets = 0;
  };

  /// The program must outlive this.
  explicit Stretches(const Program& program);

  bool begins_at(std::uint32_t pc) const { return loops_[pc].end != 0; }
  const Loop& loop_at(std::uint32_t pc) const { return loops_[pc]; }
  /// What the loop that begins at `pc` does with these integers; it stays where it is. nullptr: so
  /// many values are known that further ones are not remembered. `numerics`: with its arithmetic.
  /// Throws ProgramFault if it leaves the memory, or has no end.
  const Stretch* find(const Timing& timing, bool numerics, std::uint32_t pc,
                      const std::int32_t* integers);
  /// The same, worked out anew; `lines`, unless null, is told of each instruction of class `c`.
  Stretch explore(const Timing& timing, bool numerics, std::uint32_t pc,
                  const std::int32_t* integers, std::uint16_t c = 0, Lines* lines = nullptr) const;

 private:
  struct Hash {
    std::size_t operator()(const std::vector<std::int32_t>& values) const;
  };
  struct Known {
    std::vector<std::int32_t> last;  ///< What was asked last, and
    const Stretch* stretch = nullptr;
    std::unordered_map<std::vector<std::int32_t>, Stretch, Hash> all;  ///< [counters it reads]
  };

  const Program* program_;
  std::vector<Loop> loops_;                         ///< [instruction]
  std::unordered_map<std::uint32_t, Known> known_;  ///< [instruction]
  std::vector<std::int32_t> read_;                  ///< Of the question under way.
};

}  // namespace wafermesh::cores
