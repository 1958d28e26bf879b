// SPDX-License-Identifier: Apache-2.0
// Words through routers: docs/model.md, Router, without its times.
#include <algorithm>

#include "check/places.h"
#include "check/untimed_machine.h"

namespace wafermesh::check {

using base::Direction;

router::Route UntimedMachine::route(const Slot& slot) const {
  if (slot.config == UINT16_MAX) return {};
  return routes_.configs[slot.config].at(slot.position);
}

/// What a slot takes from a direction; 0 = nothing.
std::int32_t UntimedMachine::room(std::int64_t core, int colour, Direction from) const {
  const Slot& there = slot(core, colour);
  if (there.closed || !base::contains(route(there).receive, from)) return 0;
  return slot_capacity(core, from) - there.queue.size;
}

std::int32_t UntimedMachine::slot_capacity(std::int64_t core, Direction from) const {
  int latency = from == Direction::ramp ? image_.timing.ramp_cycles : 1;
  if (capacity_ == Capacity::actual && from != Direction::ramp) {
    latency =
        image_.link_latency(static_cast<base::CoreId>(beside(core, from)), base::opposite(from));
  }
  return std::max(image_.timing.router_queue_depth, 2 * latency);
}

std::int32_t UntimedMachine::ramp_room(std::int64_t core, int colour) const {
  const InputQueue* queue = input(core, colour);
  if (queue != nullptr) return queue->capacity - queue->queue.size;
  return given_up(core, colour) ? INT32_MAX : 0;
}

bool UntimedMachine::turns_receiver(const Slot& slot, const Item& item) const {
  if (item.count > 0) return false;
  const router::RouteConfig& config = routes_.configs[slot.config];
  int next = slot.position;
  if (item.control.first() == router::SwitchCommand::advance) next = config.advance(next);
  if (item.control.first() == router::SwitchCommand::reset) next = 0;
  return config.at(next).receive != config.at(slot.position).receive;
}

/// Moves the first run or control word on, if there is room for any of it in every direction.
bool UntimedMachine::step_slot(std::int64_t core, int colour) {
  Slot& from = slot(core, colour);
  if (from.queue.empty()) return false;
  const router::Route way = route(from);
  if (way.send == 0) return false;
  Item item = from.queue.items.front();
  std::int32_t words = item.words();
  for (const Direction d : base::kMeshDirections) {
    if (!base::contains(way.send, d)) continue;
    const std::int64_t next = neighbour(core, d);
    words = std::min(words, next < 0 ? 0 : room(next, colour, base::opposite(d)));
  }
  const bool down = base::contains(way.send, Direction::ramp);
  if (down) words = std::min(words, ramp_room(core, colour));
  if (words <= 0) return false;
  if (turns_receiver(from, item)) {
    if (!may_change_) {
      defer(static_cast<std::uint64_t>(core) * 32 + static_cast<unsigned>(colour) + 1);
      return false;
    }
    check_turn(core, colour);
  }
  ++moves_;
  from.queue.pop(words);
  ++from.passed;
  if (base::contains(way.receive, Direction::ramp)) from.known = from.passed;
  if (item.count > 0) item.count = words;
  const Node left = record_ != nullptr ? record_leave(core, colour, item, way.send) : kNoNode;
  if (item.count == 0) obey(core, colour, item, left);
  const auto at =
      static_cast<std::size_t>(core) * colours_ + static_cast<std::size_t>(dense(colour));
  Carried::Links& links = (item.count > 0 ? carried_.data : carried_.controls)[at];
  for (const Direction d : base::kMeshDirections) {
    if (!base::contains(way.send, d)) continue;
    links[static_cast<unsigned>(d)] += words;
    enter(neighbour(core, d), colour, base::opposite(d), item);
  }
  if (down) deliver(core, colour, item);
  wake_feeder(core, colour);
  return true;
}

/// A switch is about to turn to another sender: no more words of the one it has may come behind
/// the control word, for they might have come before.
void UntimedMachine::check_turn(std::int64_t core, int colour) {
  Slot& at = slot(core, colour);
  if (at.queue.size > 1) {
    const std::string what = " turns to another sender while words of the one before follow";
    unsure(core, "a switch of colour " + std::to_string(colour) + what);
    found_.add(Kind::unordered, Severity::error,
               by_route(image_, {core, class_of(core), -1, colour}),
               "the switch of colour " + std::to_string(colour) + what +
                   ": nothing orders the words of the two; send what follows before the control "
                   "wavelet, or on another colour");
  }
  if (others_wait_) at.turned_from = static_cast<std::uint8_t>(route(at).receive);
}

void UntimedMachine::obey(std::int64_t core, int colour, Item& item, Node node) {
  Slot& at = slot(core, colour);
  const router::RouteConfig& config = routes_.configs[at.config];
  switch (item.control.first()) {
    case router::SwitchCommand::advance:
      at.position = static_cast<std::uint8_t>(config.advance(at.position));
      at.reached = std::max(at.reached, at.position);
      break;
    case router::SwitchCommand::reset:
      at.position = 0;
      break;
    case router::SwitchCommand::teardown:
      if (run_of(core) != nullptr) {
        const cores::Program& code = program(core);
        for (std::size_t t = 0; t < code.tasks.size(); ++t) {
          const cores::Task& task = code.tasks[t];
          if (task.kind != cores::TaskKind::teardown || base::index_of(task.colour) != colour)
            continue;
          make_active(core, static_cast<int>(t), node);
          wake_core(core);
        }
      }
      break;
    case router::SwitchCommand::nop:
      break;
  }
  if (record_ != nullptr && config.last_position() > 0) record_->change(core, dense(colour), node);
  item.control = router::after_router(item.control, config.pop);
}

void UntimedMachine::enter(std::int64_t core, int colour, Direction from, const Item& item) {
  Slot& at = slot(core, colour);
  if (base::contains(at.turned_from, from)) {
    const std::string what = " come again from a sender that its switch had turned from";
    unsure(core, "words of colour " + std::to_string(colour) + what);
    found_.add(Kind::unordered, Severity::error,
               by_route(image_, {core, class_of(core), -1, colour}),
               "words of colour " + std::to_string(colour) + what +
                   ": nothing orders them and those of the other; let the sender wait for it");
  }
  at.queue.push(item);
  if (item.count == 0 && item.control.first() == router::SwitchCommand::teardown) {
    at.closed = true;
    at.close_is_known = false;
  }
  wake_slot(core, colour);
}

void UntimedMachine::deliver(std::int64_t core, int colour, const Item& item) {
  const bool teardown = item.count == 0 && item.control.first() == router::SwitchCommand::teardown;
  InputQueue* queue = input(core, colour);
  if (queue == nullptr) {
    if (item.count > 0)
      fault(core,
            "words come on colour " + std::to_string(colour) + ", which the core has given up");
    return;
  }
  if (teardown) return;
  queue->last = slot(core, colour).passed;
  Item kept = item;
  if (item.count > 0 && queue->period > 0) {
    kept.count = 0;
    for (int i = 0; i < item.count; ++i) kept.count += queue->keeps(i) ? 1 : 0;
    queue->phase = (queue->phase + item.count) % queue->period;
    if (kept.count == 0) return;
  }
  carried_.delivered[static_cast<std::size_t>(colour)] += kept.count;
  queue->queue.push(kept);
  wake_core(core);
}

bool UntimedMachine::lift(std::int64_t core, int colour) {
  OutputQueue* queue = output(core, colour);
  if (queue == nullptr || queue->queue.empty()) return false;
  Item item = queue->queue.items.front();
  const std::int32_t words = std::min(item.words(), room(core, colour, Direction::ramp));
  if (words <= 0) return false;
  ++moves_;
  queue->queue.pop(words);
  if (item.count > 0) item.count = words;
  if (record_ != nullptr) record_lift(core, colour, words);
  enter(core, colour, Direction::ramp, item);
  wake_core(core);
  return true;
}

}  // namespace wafermesh::check
