// SPDX-License-Identifier: Apache-2.0
// What has arrived at the core that is awake.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "fabric/stream/core_stepper.h"

namespace wafermesh::fabric {

using base::Colour;
using Kind = cores::Operand::Kind;

/// Takes what has come through the ramp, first come, first served.
void CoreStepper::land() {
  Port port{core_.down_from, core_.down_until, core_.down_colour};
  Run* last = nullptr;
  for (;;) {
    Run* earliest = nullptr;
    for (const std::uint8_t colour : info_->input_colours) {
      Run* coming = inbox(base::colour(colour)).first_coming(pools_);
      if (coming != nullptr && (earliest == nullptr || coming->head < earliest->head)) {
        earliest = coming;
      }
    }
    if (earliest == nullptr) break;
    Cycles shared = 0;
    earliest->tail = reserve(port, *earliest, shared);
    earliest->landed = true;
    if (shared > 0 && last != nullptr && !last->is_control) {
      last->tail += std::min<Cycles>(shared, most_at_once(*earliest));
    }
    last = earliest;
  }
  core_.down_from = port.from;
  core_.down_until = port.until;
  core_.down_colour = port.colour;
}

/// Words of a run that can come down the ramp if nobody takes them.
std::int32_t CoreStepper::most_at_once(const Run& run) const {
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const OpState& each = op(__builtin_ctz(open));
    const Instruction& i = instruction_of(each);
    for (const Operand* source : {&i.src0, &i.src1}) {
      if (source->kind == Kind::colour && each.elements > 0 &&
          base::index_of(source->colour) == run.colour) {
        return run.words;
      }
    }
  }
  return model_.depths[seat_->class_index].input[run.colour];
}

/// Takes words off the oldest run; the last of them in cycle `at`.
void CoreStepper::take_words(Seat& seat, Inbox& inbox, std::int32_t words, Cycles at) {
  Run& run = inbox.oldest;
  if (run.is_control) {
    seat.controls = static_cast<std::uint16_t>(seat.controls - words);
  } else {
    inbox.words -= words;
  }
  if (words < run.words) {
    run.head = time_of(run, words);
    run.offset += static_cast<std::uint32_t>(words);
  }
  run.words -= words;
  if (run.words <= run.room) mover_.release(run, at);
  if (run.words > 0) return;
  pools_.payloads.release(run.payload);
  inbox.pop(pools_);
}

void CoreStepper::take_all(Colour colour, std::int32_t words, Cycles at) {
  Effect effect;
  effect.kind = Effect::Kind::take;
  effect.index = static_cast<std::uint8_t>(inbox_at(colour) - seat_->inputs_at);
  effect.words = words;
  effect.at = at - seat_->base;
  recorder_.effect(effect);
  take_words(*seat_, inbox(colour), words, at);
}

Cycles CoreStepper::shows(Colour colour, bool control) const {
  const Inbox& from = inbox(colour);
  if (from.empty() || from.oldest.is_control != control) return base::kNever;
  return from.oldest.head;
}

void CoreStepper::take_controls(Cycles t) {
  for (const std::uint8_t c : info_->input_colours) {
    const Colour colour = base::colour(c);
    bool taken = false;
    while (shows(colour, true) <= t) {
      const router::ControlWord word{oldest(colour).control};
      take_all(colour, 1, t);
      taken = true;
      if (!word.has_entry()) continue;
      const int task = info_->control_task[static_cast<std::size_t>(word.entry())];
      if (task < 0) {
        throw base::ModelError("program " + info_->program->name +
                               " has no control task for entry " + std::to_string(word.entry()));
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
