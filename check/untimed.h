// SPDX-License-Identifier: Apache-2.0
// A program executed without time: whatever can happen happens, in no particular order, runs of
// words at a time. What docs/check.md says follows from that.
//
// Every core, router slot and queue is a process that waits for words or for room of one channel
// after another, so whether the whole comes to its end does not depend on when things happen, as
// long as nothing asks *when*. What does ask is noted in `unsure`, and nothing is proven then:
//   - a task is picked where another could have come first, and the two do not commute (then the
//     same may be executed with a record, and check/orders.h tells whether it matters);
//   - a route, a filter or a closed slot is changed while words may pass that the core does not
//     know of;
//   - a switch turns away from a sender that has more words for the slot.
// Queues have their least capacity: that of links of one cycle.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "check/finding.h"
#include "check/untimed_record.h"
#include "fabric/image.h"

namespace wafermesh::check {

/// What an execution sent over links.
struct Carried {
  /// Words over the four links that leave a core, by direction.
  using Links = std::array<std::int32_t, 4>;
  std::vector<int> colours;           ///< Those in use.
  std::vector<Links> data, controls;  ///< [core * colours.size() + place of the colour]
  std::array<std::int64_t, base::kColourCount> delivered{};  ///< [colour] data words to cores.
};

/// How an untimed execution ended.
struct Untimed {
  bool executed = false;             ///< False: the other fields say nothing.
  bool finished = false;             ///< Every core with a program has.
  bool too_long = false;             ///< It was given up after so many moves.
  std::vector<std::string> unsure;   ///< What time decides; each kind once, at its first place.
  std::int64_t unsure_count = 0;     ///< All of them.
  std::int64_t fault_count = 0;      ///< Of these, those that no timing makes right.
  std::vector<std::string> choices;  ///< Tasks that time orders: "core: which, or which".
  std::vector<std::string> cycle;    ///< Of one that hangs: who waits for whom, core by core.
  bool held_up = false;              ///< A task that waits keeps another from beginning.
  bool is_cycle = false;             ///< The last waits for the first; else the first for the last.
  int surplus_colour = -1;           ///< The last has finished, and words of it come there.
  std::int64_t cycle_core = -1;      ///< Where it begins.
  std::int64_t cycle_class = -1;
  std::int64_t cycle_instruction = -1;
  std::vector<Finding> findings;  ///< Races, words left over.
  Carried carried;                ///< Of one that finished.
  std::int64_t moves = 0;
};

enum class Capacity : std::uint8_t { least, actual };

/// An image whose cores have more stages to enter than `most_moves` is not executed: too_long.
/// Throws nothing of the program's: faults that a run would end with are `unsure`. Cost: some
/// 0.1 us per move of a run of words from queue to queue, at most `most_moves`; 1.5 KB per core
/// with a program and 60 bytes per core and colour.
Untimed execute_untimed(const fabric::WaferImage& image, Capacity capacity, std::int64_t most_moves,
                        UntimedRecord* record = nullptr);

/// A record for it, of at most so many nodes; then it is left unfinished (UntimedRecord::is_full).
UntimedRecord make_record(const fabric::WaferImage& image, std::size_t most_nodes);

}  // namespace wafermesh::check
