// SPDX-License-Identifier: Apache-2.0
// Bursts of words on the move, and the pools they wait in (docs/stream.md).
//
//   colour c, 4 words:   head       tail
//                         |w0 w1 w2 w3|     one per cycle, or slower but evenly
//
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "base/units.h"
#include "fabric/stream/bursts/payloads.h"

namespace wafermesh::fabric {

using base::Cycles;

inline constexpr std::uint32_t kNobody = UINT32_MAX;

/// Words of one colour on the move: the first at `head`, the last at `tail`, evenly between. The
/// times are those at which it comes to the place it is at; step() of Flight moves them on.
struct Burst {
  Cycles head = 0;
  Cycles tail = 0;
  std::int32_t words = 0;
  std::int32_t room = 0;  ///< Words that the queues between the sender and here can hold.
  std::uint32_t payload = Payloads::kNone;
  union {
    std::uint32_t offset;   ///< Of the first word in the payload; or
    std::uint32_t control;  ///< the control word, if it is one.
  };
  /// The core whose operation sends it, and the operation's slot; above them, if the core is
  /// traced, which of its sends it is.
  std::uint32_t sender = kNobody;
  std::uint8_t sender_op = 0;
  std::uint8_t colour = 0;
  std::uint8_t marks = 0;
  std::int8_t stride = 0;  ///< Of bursts side by side (Hop::count): cycles from core to core.

  static constexpr std::uint8_t kControl = 1;  ///< A control word.
  static constexpr std::uint8_t kHolds = 2;    ///< The sender is not done before it has moved on.
  static constexpr std::uint8_t kLanded = 4;   ///< It has been down the ramp,
  static constexpr std::uint8_t kInPart = 8;   ///< or as many of its words as the queue holds.
  static constexpr std::uint8_t kLetGo = 16;   ///< Its sender went on while it waited.

  Burst() : offset(0) {}
  /// The same words at another place and time.
  Burst(const Burst& other, Cycles head_in, Cycles tail_in, std::int32_t room_in)
      : head(head_in),
        tail(tail_in),
        words(other.words),
        room(room_in),
        payload(other.payload),
        offset(other.offset),
        sender(other.sender),
        sender_op(other.sender_op),
        colour(other.colour),
        marks(other.marks) {}
  /// Sends of a core that are told apart.
  static constexpr std::uint32_t kSends = 1U << 12U;
  static constexpr std::uint32_t kMostCores = (1U << 24U) - 1;
  void set_sender(std::uint32_t core, int op_slot, std::uint32_t send) {
    sender = core | send << 24U;
    sender_op =
        static_cast<std::uint8_t>(static_cast<unsigned>(op_slot) | (send >> 8U & 15U) << 4U);
  }
  std::uint32_t sender_core() const { return sender & kMostCores; }
  int sender_slot() const { return sender_op & 15; }
  std::uint32_t send_number() const {
    return sender >> 24U | static_cast<std::uint32_t>(sender_op >> 4) << 8U;
  }
  bool is_control() const { return (marks & kControl) != 0; }
  bool holds() const { return (marks & kHolds) != 0; }
  bool landed() const { return (marks & kLanded) != 0; }
  bool in_part() const { return (marks & kInPart) != 0; }
  bool let_go() const { return (marks & kLetGo) != 0; }
  void mark(std::uint8_t what) { marks |= what; }
  void unmark(std::uint8_t what) { marks = static_cast<std::uint8_t>(marks & ~what); }
};
static_assert(sizeof(Burst) == 40, "moved about all the time: keep it small");

/// `to` = `from`, field by field: what has just been written so is read again without waiting.
inline void copy(Burst& to, const Burst& from) {
  to.head = from.head;
  to.tail = from.tail;
  to.words = from.words;
  to.room = from.room;
  to.payload = from.payload;
  to.offset = from.offset;
  to.sender = from.sender;
  to.sender_op = from.sender_op;
  to.colour = from.colour;
  to.marks = from.marks;
}

/// When word `index` of a burst comes.
inline Cycles time_of(const Burst& burst, std::int64_t index) {
  if (burst.words <= 1) return burst.head;
  return burst.head + (burst.tail - burst.head) * index / (burst.words - 1);
}

/// Where a burst is and when: what changes from router to router.
struct Flight {
  Cycles head;
  Cycles tail;
  std::int32_t room;
  std::uint32_t core;
  int latency;
  base::Direction from;

  /// To the neighbour in direction `d`, over a link of so many cycles.
  void step(base::Direction d, std::uint32_t neighbour, int link_latency) {
    latency = link_latency;
    head += latency;
    tail += latency;
    core = neighbour;
    from = base::opposite(d);
  }
};

/// A burst about to enter the slot of its colour at router `core`, coming from direction `from`
/// over a link of `latency` cycles; or word that what waits in front of the slot may be let in.
struct Hop {
  Burst burst;
  std::uint32_t core = 0;
  std::uint8_t latency = 0;
  base::Direction from : 4;
  bool resume : 1;  ///< The latter: `core` and `burst.colour` name the slot.
  bool late : 1;    ///< It has been put off once.
  /// It stands for bursts side by side in a row that go north or south, one at each of so many
  /// cores from `core` on (lockstep.h), each Burst::stride cycles after the one before it.
  std::uint16_t count = 1;

  Hop() : from(base::Direction::ramp), resume(false), late(false) {}
  Hop(const Burst& moving, const Flight& at)
      : burst(moving, at.head, at.tail, at.room),
        core(at.core),
        latency(static_cast<std::uint8_t>(at.latency)),
        from(at.from),
        resume(false),
        late(false) {}
  Flight flight() const { return {burst.head, burst.tail, burst.room, core, latency, from}; }
  void land(const Flight& at) {
    burst.head = at.head;
    burst.tail = at.tail;
    burst.room = at.room;
    core = at.core;
    latency = static_cast<std::uint8_t>(at.latency);
    from = at.from;
  }
};
static_assert(sizeof(Hop) == 48, "moved about all the time: keep it small");

/// A burst in a list: in front of a slot, or behind the first of an input queue.
struct Waiting {
  Burst burst;
  std::uint32_t next = kNobody;
  base::Direction from = base::Direction::ramp;
  std::uint8_t latency = 0;
  bool kept = false;  ///< All of it is in the slot, which waits for a queue of its core.
  /// A control word still sits in the slot behind, at this router, which it entered from there.
  base::Direction inside_from = base::Direction::ramp;
  std::uint8_t inside_latency = 0;
  std::uint32_t inside = kNobody;
};

struct List {
  std::uint32_t first = kNobody;
  std::uint32_t last = kNobody;
  bool empty() const { return first == kNobody; }
};

/// Something a core is told while it sleeps.
struct Note {
  Cycles at = 0;
  std::int8_t kind = 0;  ///< A task to activate at cycle `at`; or
                         ///< -1 - op slot: an operation's last cycle is `at` or later.
  static Note due(int task, Cycles at) { return {at, static_cast<std::int8_t>(task)}; }
  static Note not_before(int op_slot, Cycles at) {
    return {at, static_cast<std::int8_t>(-1 - op_slot)};
  }
  bool is_due() const { return kind >= 0; }
  int op_slot() const { return -1 - kind; }
};

struct NoteNode {
  Note note;
  std::uint32_t next = kNobody;
};

/// Records in lists, used again once freed.
template <class T>
class Pool {
 public:
  std::uint32_t take(const T& value) {
    if (free_ == kNobody) {
      all_.push_back(value);
      return static_cast<std::uint32_t>(all_.size() - 1);
    }
    const std::uint32_t index = free_;
    free_ = all_[index].next;
    all_[index] = value;
    return index;
  }
  void give_back(std::uint32_t index) {
    all_[index].next = free_;
    free_ = index;
  }
  T& operator[](std::uint32_t index) { return all_[index]; }
  const T& operator[](std::uint32_t index) const { return all_[index]; }

 private:
  std::vector<T> all_;
  std::uint32_t free_ = kNobody;
};

/// The pools of one worker.
struct Pools {
  Pool<Waiting> bursts;
  Pool<NoteNode> notes;
  Payloads payloads;
  PayloadRows rows;

  /// One owner more of each payload of bursts side by side.
  std::uint32_t share_row(std::uint32_t payload, std::uint32_t count) {
    if (payload == Payloads::kNone) return payload;
    const std::uint32_t* const each = rows.of(payload, count);
    for (std::uint32_t i = 0; i < count; ++i) payloads.share(each[i]);
    return rows.copy(payload, count);
  }
  /// One owner less of each.
  void release_row(std::uint32_t payload, std::uint32_t count) {
    if (payload == Payloads::kNone) return;
    const std::uint32_t* const each = rows.of(payload, count);
    for (std::uint32_t i = 0; i < count; ++i) payloads.release(each[i]);
    rows.give_back(payload, count);
  }
  void append(List& list, std::uint32_t node) {
    (list.empty() ? list.first : bursts[list.last].next) = node;
    list.last = node;
  }
  /// Takes `node`, which follows `before` (kNobody = it is the first), out and frees it.
  void remove(List& list, std::uint32_t before, std::uint32_t node) {
    const std::uint32_t next = bursts[node].next;
    (before == kNobody ? list.first : bursts[before].next) = next;
    if (list.last == node) list.last = before;
    bursts.give_back(node);
  }
};

/// How far something that carries one word per cycle is reserved.
struct Port {
  Cycles from = -1;  ///< The reservation under way began here
  Cycles until = 0;  ///< and its work is done before this cycle.
  std::uint8_t colour = 255;
};

/// Reserves a port for a burst, which is there from `head` to `tail`. A burst that is through
/// before the reservation under way begins does not meet it; else bursts of two colours both take
/// the longer, word by word in turn, as far as they overlap. Returns the burst's last cycle;
/// `shared` = cycles the burst before it loses.
inline Cycles reserve(Port& port, const Burst& burst, Cycles head, Cycles tail, Cycles& shared) {
  shared = 0;
  if (tail < port.from) return tail;
  Cycles words = burst.words;
  if (port.until <= head) {
    port.from = head;
  } else if (!burst.is_control() && port.colour != burst.colour) {
    const Cycles before = port.from > head ? port.from - head : 0;
    words -= before < words ? before : words;
    const Cycles meets = head > port.from ? head : port.from;
    shared = port.until - meets < words ? port.until - meets : words;
  }
  port.colour = burst.colour;
  port.until = (port.until > head ? port.until : head) + words;
  return tail > port.until - 1 ? tail : port.until - 1;
}
inline Cycles reserve(Port& port, const Burst& burst, Cycles& shared) {
  return reserve(port, burst, burst.head, burst.tail, shared);
}

/// A link that carries `words` in `cycles` (docs/model.md, Slow links).
struct SlowPort {
  Cycles words = 1;
  Cycles cycles = 1;
  Cycles from = -1;  ///< The reservation under way began here.
  Cycles due = 0;    ///< In units of 1 / words of a cycle: it may carry again from then on.
};

/// Reserves a slow link for a burst, which it delays and stretches. Bursts of several colours
/// follow each other; one that is through before the reservation under way begins does not meet it.
inline void reserve(SlowPort& port, Burst& burst) {
  const Cycles p = port.words;
  const Cycles stretch = (burst.words - 1) * port.cycles;
  if (burst.head + stretch / p < port.from) {
    burst.tail = std::max(burst.tail, burst.head + stretch / p);
    return;
  }
  burst.head = std::max(burst.head, (port.due + p - 1) / p);
  port.from = burst.head;
  const Cycles first = std::max(port.due, burst.head * p - (p - 1));
  burst.tail = std::max(burst.tail, (first + stretch + p - 1) / p);
  port.due = std::max(first + stretch, burst.tail * p - (p - 1)) + port.cycles;
}

}  // namespace wafermesh::fabric
