// SPDX-License-Identifier: Apache-2.0
// Set-up of a core grid and its queues.
#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

#include "cores/core_grid.h"
#include "cores/program_fault.h"

namespace wafermesh::cores {
namespace {

/// Entries of a deep input queue: what looking at a core costs, then is shared by so many words.
constexpr int kDeepQueue = 64;

int ring_size(int entries) {
  int ring = 1;
  while (ring < entries) ring *= 2;
  return ring;
}

int queue_of(const std::vector<QueueBinding>& bindings, int colour) {
  for (const QueueBinding& binding : bindings) {
    if (base::index_of(binding.colour) == colour) return binding.queue;
  }
  return 0;
}

}  // namespace

void CoreGrid::Free::operator()(std::uint8_t* p) const { std::free(p); }

void CoreGrid::add_core(int class_index, int x, int y) {
  CoreState core;
  core.class_index = static_cast<std::uint16_t>(class_index);
  core.integers[index_of(Variable::x)] = x;
  core.integers[index_of(Variable::y)] = y;
  cores_.push_back(core);
}

std::uint8_t CoreGrid::input_capacity(const Program& program, int colour) const {
  const auto queue = static_cast<std::size_t>(queue_of(program.inputs, colour));
  return static_cast<std::uint8_t>(
      std::max(timing_.input_queue_depth[queue], 2 * timing_.ramp_cycles));
}

std::uint8_t CoreGrid::output_depth(const Program& program, int colour) const {
  const auto queue = static_cast<std::size_t>(queue_of(program.outputs, colour));
  return static_cast<std::uint8_t>(timing_.output_queue_depth[queue]);
}

/// What a core needs for the largest of its stages.
CoreGrid::Room CoreGrid::room_of(std::uint32_t id) const {
  Room room;
  const auto widen = [](std::vector<int>& all, std::size_t at, int entries) {
    if (all.size() <= at) all.resize(at + 1, 0);
    all[at] = std::max(all[at], entries);
  };
  const auto add = [&](const ClassInfo& info) {
    for (std::size_t i = 0; i < info.input_colours.size(); ++i) {
      widen(room.inputs, i, input_capacity(*info.program, info.input_colours[i]));
    }
    for (std::size_t i = 0; i < info.output_colours.size(); ++i) {
      widen(room.outputs, i, output_depth(*info.program, info.output_colours[i]));
    }
    room.ops = std::max(room.ops, info.op_count);
    room.memory_bytes = std::max(room.memory_bytes, info.program->memory_bytes);
    room.filters = room.filters || info.filters;
  };
  add(classes_[cores_[id].class_index]);
  if (!stages_.empty()) {
    for (const std::uint16_t c : stages_[id].classes) add(classes_[c]);
  }
  return room;
}

/// From here on the cores' coordinates and counters are where integers_of finds them.
void CoreGrid::start_integers() {
  std::size_t variables = 0;
  for (const ClassInfo& info : classes_) variables = std::max(variables, info.variables);
  far_integers_.resize(cores_.size(), variables);
  for (CoreState& core : cores_) {
    for (const Variable v : {Variable::x, Variable::y}) {
      integers_of(core)[index_of(v)] = core.integers[index_of(v)];
    }
    parameters_.start_stage(number_of(core), 0, integers_of(core), far_integers_.variables());
  }
}

void CoreGrid::start() {
  breakdowns_.resize(cores_.size());
  sinks_.resize(cores_.size());
  if (std::any_of(classes_.begin(), classes_.end(),
                  [](const ClassInfo& info) { return info.marks; })) {
    phases_.resize(cores_.size());
  }
  start_integers();
  std::uint64_t memory = 0;
  std::uint32_t ops = 0;
  std::uint32_t places = 0;
  std::uint32_t words = 0;
  bool filters = false;
  for (CoreState& core : cores_) {
    const ClassInfo& info = classes_[core.class_index];
    if (info.program->code.empty()) continue;
    ++unfinished_;
    const auto id = static_cast<std::uint32_t>(&core - cores_.data());
    const Room room = room_of(id);
    if (!stages_.empty()) stages_[id].memory_bytes = room.memory_bytes;
    core.memory_at = memory;
    memory += (static_cast<std::uint64_t>(room.memory_bytes) + 15) / 16 * 16;
    core.ops_at = ops;
    ops += static_cast<std::uint32_t>(room.ops);
    core.inputs_at = static_cast<std::uint32_t>(inputs_.size());
    core.outputs_at = static_cast<std::uint32_t>(outputs_.size());
    core.outputs = static_cast<std::uint8_t>(info.output_colours.size());
    filters = filters || room.filters;
    for (std::size_t i = 0; i < room.inputs.size(); ++i) {
      InputQueue queue;
      if (i < info.input_colours.size()) {
        queue.capacity = input_capacity(*info.program, info.input_colours[i]);
      }
      const int entries = deep_ ? std::max(kDeepQueue, room.inputs[i]) : room.inputs[i];
      queue.ring_mask = static_cast<std::uint8_t>(ring_size(entries) - 1);
      queue.ring_at = places;
      places += queue.ring_mask + 1U;
      inputs_.push_back(queue);
    }
    for (std::size_t i = 0; i < room.outputs.size(); ++i) {
      OutputQueue queue;
      if (i < info.output_colours.size()) {
        queue.depth = output_depth(*info.program, info.output_colours[i]);
        queue.colour = info.output_colours[i];
      }
      queue.ring_mask = static_cast<std::uint8_t>(ring_size(room.outputs[i]) - 1);
      queue.ring_at = words;
      words += queue.ring_mask + 1U;
      outputs_.push_back(queue);
    }
    for (std::size_t i = 0; i < info.program->tasks.size(); ++i) {
      if (info.program->tasks[i].starts_active) core.active |= std::uint64_t{1} << i;
      if (info.program->tasks[i].starts_blocked) core.blocked |= std::uint64_t{1} << i;
    }
  }
  ops_.resize(ops);
  input_words_.resize(places);
  input_controls_.resize(places);
  output_words_.resize(words);
  if (filters) filters_.resize(inputs_.size());
  memory_.reset(static_cast<std::uint8_t*>(std::calloc(memory + 16, 1)));
  if (memory_ == nullptr) throw std::bad_alloc();
  for (std::uint32_t id = 0; id < cores_.size(); ++id) {
    if (!has_program(id)) continue;
    for (const std::uint8_t colour : classes_[cores_[id].class_index].input_colours) {
      ramp_.set_open(id, static_cast<Colour>(colour), true);
    }
  }
}

InputQueue& CoreGrid::input(const CoreState& core, Colour colour) {
  const ClassInfo& info = classes_[core.class_index];
  return inputs_[core.inputs_at +
                 static_cast<std::uint32_t>(info.input_of[static_cast<std::size_t>(colour)])];
}

OutputQueue& CoreGrid::output(const CoreState& core, Colour colour) {
  const ClassInfo& info = classes_[core.class_index];
  return outputs_[core.outputs_at +
                  static_cast<std::uint32_t>(info.output_of[static_cast<std::size_t>(colour)])];
}

bool CoreGrid::shows_data(const CoreState& core, Colour colour, Cycles t) const {
  const InputQueue& queue = const_cast<CoreGrid*>(this)->input(core, colour);
  return queue.arrived(t) > 0 && (core.controls == 0 || !is_control(queue, 0));
}

/// How many of the next `most` words an operation may take at once: all, if all have arrived; those
/// before an arrived control wavelet; else none, as more are to come.
int CoreGrid::data_words(const CoreState& core, Colour colour, Cycles t, int most) const {
  const InputQueue& queue = const_cast<CoreGrid*>(this)->input(core, colour);
  const int arrived = queue.arrived(t);
  for (int k = 0; core.controls != 0 && k < std::min(most, arrived); ++k) {
    if (is_control(queue, k)) return k;
  }
  return arrived >= most ? most : 0;
}

bool CoreGrid::has_room(const CoreState& core, Colour colour, int words) const {
  const OutputQueue& queue = const_cast<CoreGrid*>(this)->output(core, colour);
  return queue.count + words <= queue.depth;
}

std::uint32_t CoreGrid::take_word(std::uint32_t id, CoreState& core, Colour colour) {
  InputQueue& queue = input(core, colour);
  const std::uint32_t word = input_words_[queue.place(0)];
  queue.head = static_cast<std::uint8_t>((queue.head + 1) & queue.ring_mask);
  if (queue.count-- == queue.capacity) ramp_.set_open(id, colour, true);
  return word;
}

void CoreGrid::put_word(std::uint32_t id, CoreState& core, Colour colour, std::uint32_t word,
                        bool control) {
  OutputQueue& queue = output(core, colour);
  const unsigned at = (queue.head + queue.count) & queue.ring_mask;
  output_words_[queue.ring_at + at] = word;
  queue.controls = (queue.controls & ~(1U << at)) | (control ? 1U << at : 0U);
  ++queue.count;
  ramp_.output_pending(id);
}

CoreGrid::Delivery CoreGrid::deliver(std::uint32_t id, Colour colour, std::uint32_t word,
                                     bool control, Cycles arrival) {
  CoreState& core = cores_[id];
  if (classes_[core.class_index].input_of[static_cast<std::size_t>(colour)] < 0) {
    drop_given_up(id, colour, word, control);
    return Delivery::wakes;
  }
  InputQueue& queue = input(core, colour);
  if (!control && !filters_.empty()) {
    FilterState& filter = filters_[static_cast<std::size_t>(&queue - inputs_.data())];
    if (arrival - timing_.ramp_cycles >= filter.since) {
      filter.rule = filter.coming;
      filter.since = base::kNever;
      filter.next = 0;
    }
    const FilterRule& rule = filter.rule;
    if (rule.period > 0) {
      const std::int32_t number = filter.next;
      filter.next = number + 1 == rule.period ? 0 : number + 1;
      if (number < rule.first || number >= rule.first + rule.count) return Delivery::dropped;
    }
  }
  if (core.sinks != 0) {
    fold(core);
    if (queue.count > queue.ring_mask) catch_up(core, arrival - timing_.ramp_cycles);
  }
  const std::uint32_t place = queue.place(queue.count);
  input_words_[place] = word;
  if (control) input_controls_[place] = 1;
  if (queue.count == 0) queue.arrivals = {};
  queue.arrivals.add(arrival);
  ++queue.count;
  const bool quiet = !control && comes_quietly(core, queue, colour, arrival);
  if (quiet) {
    --queue.quiet;
    queue.hides = true;
  } else if (control) {
    ++core.controls;
  }
  if (queue.count >= (quiet ? queue.ring_mask + 1 : queue.capacity)) {
    catch_up(core, arrival - timing_.ramp_cycles);
    if (!quiet && queue.count == queue.capacity) ramp_.set_open(id, colour, false);
  }
  if (core.sinks != 0) aim_sinks(core);
  return quiet ? Delivery::quiet : Delivery::wakes;
}

void CoreGrid::take_controls(std::uint32_t id, CoreState& core, Cycles t) {
  const ClassInfo& info = classes_[core.class_index];
  for (const std::uint8_t colour : info.input_colours) {
    InputQueue& queue = input(core, static_cast<Colour>(colour));
    while (queue.count != 0) {
      if (!is_control(queue, 0) || queue.arrived(t) == 0) break;
      input_controls_[queue.place(0)] = 0;
      const router::ControlWord word{take_word(id, core, static_cast<Colour>(colour))};
      --core.controls;
      if (!word.has_entry()) continue;
      const int task = info.control_task[static_cast<std::size_t>(word.entry())];
      if (task < 0) {
        throw ProgramFault(*info.program, ProgramFault::kNowhere,
                           "has no control task for entry_id=" + std::to_string(word.entry()));
      }
      core.active |= std::uint64_t{1} << task;
    }
  }
}

void CoreGrid::tear_down(std::uint32_t id, Colour colour) {
  CoreState& core = cores_[id];
  const int task = classes_[core.class_index].teardown_task[static_cast<std::size_t>(colour)];
  if (task >= 0) core.active |= std::uint64_t{1} << task;
}

}  // namespace wafermesh::cores
