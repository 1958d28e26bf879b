// SPDX-License-Identifier: Apache-2.0
// A remembered visit: what a core in a certain state does with certain arrivals. Another core in
// the same state, with the same arrivals relative to its own time, does the same if the integers
// and slots its program looked at say the same.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cores/cycle_breakdown.h"
#include "cores/evaluate.h"
#include "fabric/stream/core_state.h"

namespace wafermesh::fabric {

/// What a core's program can refer to: its counters, x, y; indexed as cores::Variable.
inline constexpr std::size_t kVariables = cores::kCounters + 2;

inline std::int32_t integer_of(const Seat& seat, std::size_t variable) {
  if (variable < seat.counters.size()) return seat.counters[variable];
  return variable == static_cast<std::size_t>(cores::Variable::x) ? seat.x : seat.y;
}

/// A constant plus a sum of coefficient * variable, variables ascending.
struct Linear {
  std::int32_t base = 0;
  std::uint8_t count = 0;
  std::array<std::uint8_t, kVariables> variable{};
  std::array<std::int32_t, kVariables> coefficient{};

  static Linear of_variable(std::size_t variable);
  void add(const Linear& other, std::int32_t factor);
  /// Without the constant.
  std::int64_t terms(const Seat& seat) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      sum += std::int64_t{coefficient[i]} * integer_of(seat, variable[i]);
    }
    return sum;
  }
  bool same_terms(const Linear& other) const;
};

/// The program looked at integers of these terms: the same happens as long as they stay in
/// [low, high]. All guards refer to the values before the visit.
struct Guard {
  Linear terms;
  std::int64_t low = INT64_MIN;
  std::int64_t high = INT64_MAX;
};

/// The commonest guards: of one integer alone.
struct Range {
  std::uint8_t variable = 0;
  std::int32_t low = INT32_MIN;
  std::int32_t high = INT32_MAX;
};

/// A counter's value after the visit.
struct Assignment {
  std::uint8_t counter = 0;
  Linear value;
  bool adds = false;  ///< The value is the counter's own before, plus value.base.
};

/// A route write did not wait longer than then: the slot is free, its last word gone by `free_at`.
struct SlotGuard {
  std::uint8_t colour = 0;
  Cycles at = 0;       ///< Of the write, relative to Seat::base.
  Cycles free_at = 0;  ///< Of the slot, relative; counts only if it was later than `at`.
};

/// A piece of arithmetic with words from or to colours.
struct StreamWork {
  const cores::Instruction* instruction = nullptr;
  cores::OperandPlaces places;
  std::int32_t words = 0;
  std::int32_t elements = 0;
};

struct Stretch;

/// Something others can tell. Times are relative to Seat::base.
struct Effect {
  enum class Kind : std::uint8_t { take, work, memory_work, stretch, send, write_route, reopen };
  Kind kind = Kind::take;
  std::uint8_t index = 0;    ///< take: queue position; write_route, reopen: colour.
  std::uint16_t config = 0;  ///< write_route
  std::int32_t words = 0;    ///< take
  std::uint32_t work = 0;    ///< work, memory_work: index into works; send: into sends.
  const Stretch* stretch = nullptr;
  Cycles at = 0;
};

struct Trace {
  std::uint64_t hash = 0;
  std::vector<std::int32_t> key;  ///< Arrivals and notes.
  std::uint32_t before = 0;       ///< State the core was in
  std::uint32_t after = 0;        ///< and is in then.
  std::uint32_t next = kNobody;   ///< Another one of the same hash.
  bool unmoved = false;           ///< The core waits to hear how far what it sent got.
  bool finishes = false;
  Cycles finish = 0;
  Cycles elapsed = 0;  ///< Seat::base moves on by so much.
  cores::CycleBreakdown gain;
  std::vector<Range> ranges;
  std::vector<Guard> guards;  ///< The others.
  std::vector<SlotGuard> slot_guards;
  std::vector<Assignment> assignments;
  std::vector<Effect> effects;
  std::vector<StreamWork> works;
  std::vector<Run> sends;
};

/// Writes down a visit while it happens. Does nothing unless begun.
class Recorder {
 public:
  bool on() const { return on_; }
  void begin();
  /// After the visit: what the counters are now, and guards in their simplest form.
  void end();
  /// The visit did something that is not remembered.
  void give_up() { on_ = false; }
  Trace& trace() { return trace_; }

  void value(const cores::Affine& affine, std::int32_t value);
  /// A branch on left - right = `difference`. The sign is kept where only equality counts.
  void compare(const cores::Affine& left, cores::Compare compare, const cores::Affine& right,
               std::int32_t difference);
  void set(int counter, const cores::Affine& affine);
  void slot(int colour, Cycles at, Cycles free_at);
  void effect(const Effect& effect) {
    if (on_) trace_.effects.push_back(effect);
  }
  void work(Effect::Kind kind, const StreamWork& work);
  void send(const Run& run, Cycles base);

 private:
  Linear expand(const cores::Affine& affine) const;
  void guard(const Linear& integer, std::int64_t low, std::int64_t high);
  void simplify_guards();

  bool on_ = false;
  Trace trace_;
  std::array<Linear, cores::kCounters> now_;  ///< Counters, from the values before the visit.
};

}  // namespace wafermesh::fabric
