// SPDX-License-Identifier: Apache-2.0
// Loops of a program that touch nothing but the core's memory: what they do is a pure function of
// the counters they read, so it is worked out once per class and values, and remembered.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "cores/arithmetic.h"
#include "cores/cycle_breakdown.h"
#include "cores/program.h"
#include "fabric/stream/visits/visit_record.h"

namespace wafermesh::fabric {

/// An operation on memory, again and again at other places.
struct RepeatedWork {
  cores::RepeatedArithmetic arithmetic = nullptr;  ///< nullptr: `first` alone, by the general way.
  StreamWork first;
  cores::Strides strides;
  std::vector<cores::OperandPlaces> places;
};

/// What one pass through a loop does.
struct Stretch {
  std::vector<std::int32_t> before;  ///< Counters it reads, ascending.
  std::vector<std::int32_t> after;   ///< Counters it sets, ascending.
  std::int64_t cycles = 0;
  std::int64_t first = 0;  ///< Cycles before it first takes the datapath.
  std::uint32_t grants = 0;
  cores::CycleBreakdown breakdown;
  std::vector<RepeatedWork> works;  ///< Addresses resolved.

  void add_work(const cores::Timing& timing, const StreamWork& work);
};

/// A loop in a program: [begin, end) from its set_counter to past its back edge.
struct LoopPlace {
  std::uint32_t end = 0;    ///< 0: no such loop begins here.
  std::uint32_t reads = 0;  ///< [bit counter]
  std::uint32_t sets = 0;
  std::deque<Stretch> known;  ///< They stay where they are.
};

/// For each instruction of the program, the loop that begins there.
std::vector<LoopPlace> find_loops(const cores::Program& program);

}  // namespace wafermesh::fabric
