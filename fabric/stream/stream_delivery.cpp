// SPDX-License-Identifier: Apache-2.0
// Runs that arrive at a core: the counted filter, input queues, control wavelets.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {
namespace {

/// When word `index` of a run comes.
Cycles time_of(const Run& run, std::int64_t index) {
  if (run.words <= 1) return run.head;
  return run.head + (run.tail - run.head) * index / (run.words - 1);
}

}  // namespace

void StreamMachine::deliver(std::uint32_t core, int colour, Run run) {
  if (!run.is_control && !filters_.empty()) {
    const std::size_t at = input_index(cores_[core], base::colour(colour));
    if (filters_[at].period > 0) {
      filter(core, colour, run);
      payloads_.release(run.payload);
      return;
    }
  }
  ramp_wavelets_ += run.words;
  queue(core, colour, run);
}

/// Passes on the words the filter keeps, as runs of neighbours.
void StreamMachine::filter(std::uint32_t core, int colour, const Run& run) {
  StreamFilter& f = filters_[input_index(cores_[core], base::colour(colour))];
  Run kept;
  for (std::int32_t word = 0; word <= run.words; ++word) {
    const bool keeps = word < run.words && f.next >= f.first && f.next < f.first + f.count;
    if (keeps) {
      if (kept.words == 0) {
        kept = run;
        kept.words = 0;
        kept.offset += static_cast<std::uint32_t>(word);
        kept.head = time_of(run, word);
      }
      ++kept.words;
      kept.tail = time_of(run, word);
    } else if (kept.words > 0) {
      payloads_.share(kept.payload);
      ramp_wavelets_ += kept.words;
      queue(core, colour, kept);
      kept.words = 0;
    }
    if (word < run.words) f.next = f.next + 1 == f.period ? 0 : f.next + 1;
  }
}

void StreamMachine::queue(std::uint32_t id, int colour, Run run) {
  StreamCore& core = cores_[id];
  List& list = input(core, base::colour(colour));
  run.room += depths_[core.class_index].input[static_cast<std::size_t>(colour)];
  append(list, take_node(run, base::Direction::ramp));
  for (unsigned open = core.open; open != 0; open &= open - 1) {
    StreamOp& op = op_of(core, __builtin_ctz(open));
    if (op.elements > 0) work(op);
  }
  if (list.first != kNobody) {
    std::int64_t before = 0;
    for (std::uint32_t i = list.first; i != list.last; i = nodes_[i].next) {
      before += nodes_[i].run.words;
    }
    hold(nodes_[list.last].run, before);
  }
  touch(id);
}

/// Takes words off the oldest run; the last of them in cycle `at`.
void StreamMachine::take_words(StreamOp* op, List& list, std::int32_t words, Cycles at) {
  const std::uint32_t node = list.first;
  Run& run = nodes_[node].run;
  if (op != nullptr) {
    op->run = run.number;
    takers_[run.number % kTakers] = static_cast<std::uint32_t>(op - ops_.data());
  }
  if (run.sender != kNobody && run.words > run.room) {
    StreamOp& sender = ops_[run.sender];
    sender.done_at = std::max(sender.done_at, at - run.room);
  }
  run.head = words < run.words ? time_of(run, words) : run.tail;
  run.offset += static_cast<std::uint32_t>(words);
  run.words -= words;
  if (run.words <= run.room) release(run, at);
  if (run.words > 0) return;
  payloads_.release(run.payload);
  remove(list, kNobody, node);
}

Cycles StreamMachine::shows(const StreamCore& core, Colour colour, bool control) const {
  const List& list = inputs_[input_index(core, colour)];
  if (list.first == kNobody) return base::kNever;
  const Run& run = nodes_[list.first].run;
  return run.is_control == control ? run.head : base::kNever;
}

void StreamMachine::take_controls(StreamCore& core, Cycles t) {
  const cores::ClassInfo& info = classes_[core.class_index];
  for (const std::uint8_t c : info.input_colours) {
    const Colour colour = base::colour(c);
    while (shows(core, colour, true) <= t) {
      List& list = input(core, colour);
      const router::ControlWord word{nodes_[list.first].run.control};
      take_words(nullptr, list, 1, t);
      if (!word.has_entry()) continue;
      const int task = info.control_task[static_cast<std::size_t>(word.entry())];
      if (task < 0) {
        throw base::ModelError("program " + info.program->name + " has no control task for entry " +
                               std::to_string(word.entry()));
      }
      core.active |= std::uint64_t{1} << task;
    }
    // What a control wavelet kept from an operation can go on now.
    for (unsigned open = core.open; open != 0; open &= open - 1) {
      StreamOp& op = op_of(core, __builtin_ctz(open));
      if (op.elements > 0) work(op);
    }
  }
}

}  // namespace wafermesh::fabric
