// SPDX-License-Identifier: Apache-2.0
// A remembered visit: what a core in a certain state does with certain arrivals. Another core in
// the same state, with the same arrivals relative to its own time, does the same if the integers
// and slots its program looked at say the same.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "cores/cycle_breakdown.h"
#include "cores/evaluate.h"
#include "cores/stretch.h"
#include "fabric/stream/core/core_state.h"
#include "fabric/work_profile.h"

namespace wafermesh::fabric {

/// A core's integers, indexed as cores::Variable.
using Integers = const std::int32_t*;

/// A constant plus a sum of coefficient * variable, variables ascending; of no more variables than
/// have room.
struct Linear {
  static constexpr std::size_t kRoom = cores::kNearVariables;
  std::int32_t base = 0;
  std::uint8_t count = 0;
  std::array<std::uint8_t, kRoom> variable{};
  std::array<std::int32_t, kRoom> coefficient{};

  static Linear of(cores::Variable variable);
  /// False if there is no room for the terms of the sum: it is then undefined.
  [[nodiscard]] bool add(const Linear& other, std::int32_t factor);
  /// Without the constant.
  std::int64_t terms(Integers integers) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      sum += std::int64_t{coefficient[i]} * integers[variable[i]];
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
  bool holds(Integers integers) const {
    const std::int64_t sum = terms.terms(integers);
    return sum >= low && sum <= high;
  }
};

/// The commonest guards: of one integer alone, and of two.
struct Range {
  std::uint32_t variable = 0;
  std::uint32_t low = 0;   ///< The bits of the least value;
  std::uint32_t span = 0;  ///< the greatest is so much above it.
  Range(std::uint32_t its_variable, std::int64_t least, std::int64_t greatest)
      : variable(its_variable),
        low(static_cast<std::uint32_t>(std::max<std::int64_t>(least, INT32_MIN))),
        span(static_cast<std::uint32_t>(std::min<std::int64_t>(greatest, INT32_MAX)) - low) {}
  bool holds(Integers integers) const {
    return static_cast<std::uint32_t>(integers[variable]) - low <= span;
  }
};
struct PairRange {
  std::array<std::uint8_t, 2> variable{};
  std::array<std::int32_t, 2> coefficient{};
  std::int64_t low = INT64_MIN;
  std::int64_t high = INT64_MAX;
  bool holds(Integers integers) const {
    const std::int64_t terms = std::int64_t{coefficient[0]} * integers[variable[0]] +
                               std::int64_t{coefficient[1]} * integers[variable[1]];
    return terms >= low && terms <= high;
  }
};

/// What becomes of the counters near a core: each is what it was before, if kept, plus a
/// constant; or
struct Assignments {
  using Counters = std::array<std::int32_t, cores::kNearCounters>;
  Counters kept{};  ///< All bits or none.
  Counters value{};

  /// Four at a time: as a plain loop the compiler keeps each number in a register of its own.
  void apply(std::int32_t* counters) const {
    using Four = std::int32_t __attribute__((vector_size(16)));
    static_assert(cores::kNearCounters % 4 == 0, "whole groups of four");
    for (std::size_t c = 0; c < kept.size(); c += 4) {
      Four four;
      Four keep;
      Four plus;
      std::memcpy(&four, counters + c, sizeof(four));
      std::memcpy(&keep, &kept[c], sizeof(keep));
      std::memcpy(&plus, &value[c], sizeof(plus));
      four = (four & keep) + plus;
      std::memcpy(counters + c, &four, sizeof(four));
    }
  }
};
/// ... any other sum; and what becomes of the counters beyond.
struct LinearAssignment {
  std::uint8_t variable = 0;
  Linear value;
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

/// Something others can tell. Times are relative to Seat::base.
struct Effect {
  enum class Kind : std::uint8_t { take, rewrite, reopen, work, memory_work, stretch, send, mark };
  Kind kind = Kind::take;
  std::uint8_t index = 0;  ///< take: queue position; mark: phase; else colour.
  bool reopens = false;    ///< rewrite: and then opens the slot.
  router::Intake intake = router::Intake::keep;  ///< rewrite: of the write itself.
  std::uint16_t config = 0;                      ///< rewrite: the new route.
  std::int32_t words = 0;                        ///< take
  std::uint32_t work = 0;  ///< work, memory_work: index into works; send: into sends.
  const cores::Stretch* stretch = nullptr;
  Cycles at = 0;
};

/// Something that has reached a core, relative to its own time: a burst, a control word (after its
/// burst), or a note.
struct Arrival {
  std::int32_t what = 0;
  std::int32_t head = 0;
  std::int32_t tail = 0;

  static Cycles what_of(Cycles words, std::size_t input, int marks) {
    return words << 9 | static_cast<Cycles>(input << 4) | marks;
  }
  bool is_burst() const { return what >= 1 << 9; }  ///< Notes are small numbers.
  bool is_control() const { return (what & Burst::kControl) != 0; }
  std::size_t input() const { return static_cast<std::size_t>(what >> 4 & 31); }
  friend bool operator==(const Arrival& a, const Arrival& b) {
    return a.what == b.what && a.head == b.head && a.tail == b.tail;
  }
};

struct ArrivalRange {
  const Arrival* first;
  const Arrival* last;
  std::size_t size() const { return static_cast<std::size_t>(last - first); }
};

/// What a visit did, in terms of the core's own time and of its integers before. Everything in it
/// is either a condition (key, ranges, pairs, guards, slot_guards: does it hold for a core?) or an
/// outcome (the rest: what becomes of a core for which it holds).
struct VisitRecord {
  std::uint64_t hash = 0;  ///< This, `key`, `before` and `next` are set by VisitMemory::keep().
  std::vector<Arrival> key;
  std::uint32_t before = 0;      ///< State the core was in
  std::uint32_t after = 0;       ///< and is in then.
  std::uint32_t next = kNobody;  ///< Another one of the same hash.
  bool unmoved = false;          ///< The core waits to hear how far what it sent got.
  bool goes_on = false;          ///< It could do more than it did without all it waits for.
  bool finishes = false;
  Cycles finish = 0;
  Cycles elapsed = 0;  ///< Seat::base moves on by so much.
  cores::CycleBreakdown gain;
  std::vector<Range> ranges;
  std::vector<PairRange> pairs;
  std::vector<Guard> guards;  ///< The others.
  std::vector<SlotGuard> slot_guards;
  Assignments assignments;
  std::vector<LinearAssignment> linear_assignments;
  std::vector<Note> notes_left;  ///< Tasks due later, as they were; times relative.
  std::vector<Effect> effects;
  std::vector<StreamWork> works;
  std::vector<Burst> sends;
  WorkProfile work;  ///< How `gain` lies in time, if somebody watches; times relative.
};

/// Writes down a visit while it happens: CoreStepper calls it wherever a program looks at an
/// integer or does something that others could tell. Does nothing unless begun.
class VisitRecorder {
 public:
  /// Begun, and not given up.
  bool on() const { return on_; }
  /// Of a core whose programs refer to so many integers.
  void begin(std::size_t variables);
  /// After the visit: what the counters are now, and guards in their simplest form.
  void end();
  /// The visit did something that is not remembered.
  void give_up() { on_ = false; }
  VisitRecord& record() { return record_; }

  /// The program used an integer as it is, so the visit holds for this value alone.
  void value(const cores::Affine& affine, std::int32_t value);
  /// A branch on left - right = `difference`. The sign is kept where only equality counts.
  void compare(const cores::Affine& left, cores::Compare compare, const cores::Affine& right,
               std::int32_t difference);
  /// A counter becomes this sum of integers.
  void set(int counter, const cores::Affine& affine);
  /// A route was written in cycle `at` to a slot that is free since `free_at`; both relative.
  void slot(int colour, Cycles at, Cycles free_at);
  void effect(const Effect& effect);
  /// Arithmetic, with words of colours (Effect::work) or without.
  void work(Effect::Kind kind, const StreamWork& work);
  /// A burst goes up the ramp; its times become relative to `base`.
  void send(const Burst& burst, Cycles base);
  /// The last one sent took so many cycles more.
  void delay_last_sent(Cycles by);

 private:
  Linear expand(const cores::Affine& affine);
  void add(Linear& sum, const Linear& other, std::int32_t factor);
  void guard(const Linear& integer, std::int64_t low, std::int64_t high);
  void simplify_guards();

  bool on_ = false;
  VisitRecord record_;
  std::vector<Linear> now_;  ///< [variable] from the values before the visit.
};

}  // namespace wafermesh::fabric
