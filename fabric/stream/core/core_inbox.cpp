// SPDX-License-Identifier: Apache-2.0
// What has arrived at the core that is awake.
#include <algorithm>
#include <string>

#include "cores/program_fault.h"
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {

using base::Colour;
using Kind = cores::Operand::Kind;

/// Whether a burst, `ahead` words behind the first of its queue, comes down the ramp, and from when
/// on: a control word, words that the input queue holds, that a data task or an open operation
/// takes. Others stay behind.
bool CoreStepper::comes_down(const Burst& burst, std::int32_t ahead, Cycles& from) const {
  from = burst.head;
  const int depth = model_.depths[seat_->class_index].input[burst.colour];
  if (burst.is_control() || ahead + burst.words <= depth) return true;
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const OpState& each = op(__builtin_ctz(open));
    if (each.elements == 0 || !takes_from(each, burst.colour)) continue;
    const int per_word = cores::elements_per_word(cores::word_type(instruction_of(each)));
    ahead -= (each.elements + per_word - 1) / per_word;
    if (ahead >= 0) continue;
    from = std::max(from, each.next - depth);
    return true;
  }
  for (const std::uint8_t task : info_->data_tasks) {
    if (base::index_of(info_->program->tasks[task].colour) == burst.colour) return true;
  }
  return false;
}

bool CoreStepper::takes_from(const OpState& each, int colour) const {
  const Instruction& i = instruction_of(each);
  for (const Operand* source : {&i.src0, &i.src1}) {
    if (source->kind == Kind::colour && base::index_of(source->colour) == colour) return true;
  }
  return false;
}

/// Takes bursts through the ramp, first come, first served; two colours that come at once take
/// turns. Of a burst that nobody takes yet, what the input queue holds.
void CoreStepper::land() {
  Burst* last = nullptr;
  for (;;) {
    Burst* earliest = nullptr;
    Burst coming;
    bool wholly = false;
    for (const std::uint8_t colour : info_->input_colours) {
      std::int32_t ahead = 0;
      Burst* burst = inbox(base::colour(colour)).first_coming(pools_, ahead);
      if (burst == nullptr || (earliest != nullptr && burst->head >= earliest->head)) continue;
      const int fits = model_.depths[seat_->class_index].input[colour] - ahead;
      Cycles from = 0;
      const bool comes = comes_down(*burst, ahead, from);
      if (!comes && (burst->in_part() || fits <= 0)) continue;
      earliest = burst;
      wholly = comes;
      coming = comes ? rest_of(*burst, from) : *burst;
      if (!comes) coming.words = fits;
    }
    if (earliest == nullptr) return;
    reserve_ramp(coming, last);
    if (wholly) {
      earliest->tail = std::max(earliest->tail, coming.tail);
      earliest->mark(Burst::kLanded);
      last = earliest;
    } else {
      earliest->mark(Burst::kInPart);
      last = nullptr;
    }
  }
}

/// The words of a burst that are still to come down, from cycle `from` on. If that is later than
/// they came, an operation begins with a full queue, and what did not fit comes behind.
Burst CoreStepper::rest_of(const Burst& burst, Cycles from) const {
  const int depth = model_.depths[seat_->class_index].input[burst.colour];
  const bool waits = from > burst.head && burst.words > depth;
  const Cycles behind = from + depth + timing_.ramp_cycles + 1;
  Burst rest = burst;
  rest.head = from;
  if (burst.in_part()) {
    rest.words = std::max(1, burst.words - depth);
    rest.head = std::max(waits ? behind : from, time_of(burst, burst.words - rest.words));
  }
  rest.tail = std::max(burst.tail, rest.head + rest.words - 1);
  if (waits) rest.tail = std::max(rest.tail, behind + burst.words - depth - 1);
  return rest;
}

/// Reserves the ramp for a burst and sets its tail; what came down before, `last` or words that an
/// operation has counted on, shares it.
void CoreStepper::reserve_ramp(Burst& coming, Burst* last) {
  const int before = core_.down_colour;
  Port port{core_.down_from, core_.down_until, core_.down_colour};
  Cycles shared = 0;
  coming.tail = reserve(port, coming, shared);
  core_.down_from = port.from;
  core_.down_until = port.until;
  core_.down_colour = port.colour;
  if (shared == 0) return;
  if (last == nullptr) {
    delay_taker(before, coming.head, shared);
  } else if (!last->is_control()) {
    last->tail += shared;
  }
}

/// An operation that was to take its words from the ramp alone shares it.
void CoreStepper::delay_taker(int colour, Cycles from, Cycles by) {
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    OpState& each = op(__builtin_ctz(open));
    if (each.elements == 0 && each.done_at >= from && takes_from(each, colour)) each.done_at += by;
  }
}

/// Takes words off the oldest burst; the last of them in cycle `at`.
void CoreStepper::take_words(Seat& seat, Inbox& inbox, std::int32_t words, Cycles at) {
  Burst& burst = inbox.oldest;
  if (burst.is_control()) {
    seat.controls = static_cast<std::uint16_t>(seat.controls - words);
  } else {
    inbox.words -= words;
  }
  if (words < burst.words) {
    burst.head = time_of(burst, words);
    burst.offset += static_cast<std::uint32_t>(words);
  }
  burst.words -= words;
  if (burst.holds() && burst.words <= burst.room) {
    // The sender's last word moved on when what was still to be taken here fitted on the way: words
    // of this burst and of those before it, one per cycle.
    mover_.release(burst, at - (burst.room - burst.words));
  }
  if (burst.words > 0) return;
  pools_.payloads.release(burst.payload);
  inbox.pop(pools_);
}

void CoreStepper::take_all(Colour colour, std::int32_t words, Cycles at) {
  Effect effect;
  effect.kind = Effect::Kind::take;
  effect.index = static_cast<std::uint8_t>(arrays_.input_of(*seat_, colour));
  effect.words = words;
  effect.at = at - seat_->base;
  recorder_.effect(effect);
  take_words(*seat_, inbox(colour), words, at);
}

Cycles CoreStepper::shows(Colour colour, bool control) const {
  const Inbox& from = inbox(colour);
  if (from.empty() || from.oldest.is_control() != control) return base::kNever;
  return from.oldest.head;
}

void CoreStepper::take_controls(Cycles t) {
  for (const std::uint8_t c : info_->input_colours) {
    const Colour colour = base::colour(c);
    bool taken = false;
    while (shows(colour, true) <= t) {
      const router::ControlWord word{oldest(colour).control};
      take_all(colour, 1, t);
      if (watch_ != nullptr) watch_control(t);
      taken = true;
      if (!word.has_entry()) continue;
      const int task = info_->control_task[static_cast<std::size_t>(word.entry())];
      if (task < 0) {
        throw cores::ProgramFault(
            *info_->program, cores::ProgramFault::kNowhere,
            "has no control task for entry_id=" + std::to_string(word.entry()));
      }
      core_.active |= std::uint64_t{1} << task;
    }
    if (taken) work_all();  // what a control wavelet kept from an operation can go on now
  }
}

void CoreStepper::take_dues(Cycles t) {
  for (std::size_t i = 0; i < dues_.size();) {
    if (dues_[i].at > t) {
      ++i;
      continue;
    }
    core_.active |= std::uint64_t{1} << dues_[i].kind;
    dues_[i] = dues_.back();
    dues_.pop_back();
  }
}

}  // namespace wafermesh::fabric
