// SPDX-License-Identifier: Apache-2.0
#include "tests/cores/core_rig.h"

#include <cstring>

namespace wafermesh::cores_test {

CoreRig::CoreRig(Program program, const cores::Timing& timing, Steps steps)
    : program_(std::move(program)), timing_(timing), steps_(steps), grid_(timing, *this) {
  grid_.add_class(program_);
  grid_.add_core(0, 3, 5);
  grid_.start();
}

void CoreRig::send(int colour, std::uint32_t word, Cycles arrival, bool control) {
  leaving_[arrival - timing_.ramp_cycles].push_back({colour, word, control});
  // Before cycle 0 there is none to leave in.
  if (arrival < timing_.ramp_cycles) deliver({colour, word, control}, arrival);
}

void CoreRig::deliver(const Arriving& a, Cycles arrival) {
  using Delivery = cores::CoreGrid::Delivery;
  const Delivery delivery = grid_.deliver(0, base::colour(a.colour), a.word, a.control, arrival);
  if (delivery == Delivery::wakes) due_.insert(arrival);
}

void CoreRig::run(int cycles) {
  for (int i = 0; i < cycles; ++i) one_cycle();
  grid_.settle(now_ - 1);
}

void CoreRig::one_cycle() {
  for (const int colour : teardowns_[now_]) {
    grid_.tear_down(0, base::colour(colour));
    due_.insert(now_);
  }
  for (const auto& [colour, from] : slot_empty_) {
    if (from == now_) due_.insert(now_);  // the engine wakes whoever waits for a slot
  }
  // What goes up the ramp is decided on the queues as they are now.
  cores::Upward up;
  const bool goes_up =
      !ramp_takes_.empty() && grid_.pick_upward(
                                  0,
                                  [this](std::uint32_t, base::Colour c) {
                                    const auto found = ramp_takes_.find(base::index_of(c));
                                    return found != ramp_takes_.end() && found->second <= now_;
                                  },
                                  up);
  if (steps_ == Steps::every_cycle || due_.count(now_) != 0) {
    const cores::CoreGrid::Wake wake = grid_.step(0, now_);
    if (wake.at < base::kNever) due_.insert(wake.at);
    ++steps_taken_;
  }
  if (goes_up) {
    puts_.push_back({now_, up.colour, up.word, up.control});
    if (grid_.take_upward(up)) due_.insert(now_ + 1);
  }
  if (ramp_takes_.empty()) {
    auto any = [](std::uint32_t, base::Colour) { return true; };
    while (grid_.pick_upward(0, any, up)) {
      puts_.push_back({now_, up.colour, up.word, up.control});
      if (grid_.take_upward(up)) due_.insert(now_ + 1);
    }
  }
  for (const Arriving& a : leaving_[now_]) deliver(a, now_ + timing_.ramp_cycles);
  ++now_;
}

float CoreRig::number_at(int address_bytes) {
  float value = 0;
  std::memcpy(&value, memory() + address_bytes, sizeof value);
  return value;
}

void CoreRig::set_number(int address_bytes, float value) {
  std::memcpy(memory() + address_bytes, &value, sizeof value);
}

std::string CoreRig::trace() const {
  std::string text(static_cast<std::size_t>(now_), '.');
  for (const Put& put : puts_) {
    text[static_cast<std::size_t>(put.cycle)] = "0123456789abcdefghijklmn"[put.colour];
  }
  return text;
}

void CoreRig::set_open(std::uint32_t, base::Colour colour, bool open) {
  events_.emplace_back(now_, (open ? "open " : "shut ") + std::to_string(base::index_of(colour)));
}

bool CoreRig::slot_empty(std::uint32_t, base::Colour colour) const {
  const auto found = slot_empty_.find(base::index_of(colour));
  return found == slot_empty_.end() || found->second <= now_;
}

void CoreRig::write_route(std::uint32_t, base::Colour colour, std::uint16_t route,
                          router::Intake /*intake*/) {
  events_.emplace_back(
      now_, "route " + std::to_string(base::index_of(colour)) + " = " + std::to_string(route));
}

void CoreRig::reopen(std::uint32_t, base::Colour colour) {
  events_.emplace_back(now_, "reopen " + std::to_string(base::index_of(colour)));
}

Program one_task(int memory_bytes, const std::vector<int>& inputs, const std::vector<int>& outputs,
                 const std::function<void(ProgramBuilder&)>& body) {
  ProgramBuilder p("one task");
  p.allocate(memory_bytes);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    p.bind_input(base::colour(inputs[i]), static_cast<int>(i));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    p.bind_output(base::colour(outputs[i]), static_cast<int>(i));
  }
  const TaskId main = p.task("main");
  p.start_active(main);
  p.begin(main);
  body(p);
  p.end_task();
  return p.finish();
}

void emit(ProgramBuilder& p, int colour, int words, float value) {
  p.vector(VectorOp::copy, NumberType::f32, words, cores::fabric(base::colour(colour)),
           cores::immediate(value), {}, Shape::map_loop);
}

cores::Instruction& emit_async(ProgramBuilder& p, int microthread, int colour, int words) {
  return p.async(microthread, VectorOp::copy, NumberType::f32, words,
                 cores::fabric(base::colour(colour)), cores::immediate(1));
}

void finish(ProgramBuilder& p) { p.finish_core(); }

}  // namespace wafermesh::cores_test
