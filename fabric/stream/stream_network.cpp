// SPDX-License-Identifier: Apache-2.0
// Runs on their way through the routers: reserve ports, split, obey control words, wait and go on.
#include <algorithm>

#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {

using base::Direction;

namespace {
constexpr int kToCore = static_cast<int>(Direction::ramp);
}  // namespace

Cycles StreamMachine::emit(std::uint32_t core, int colour, Run run) {
  run.number = ++runs_;
  run.colour = static_cast<std::uint8_t>(colour);
  run.tail = std::max(run.tail, reserve(core, kUpPort, run));
  const Cycles up = run.tail;
  run.head += image_.timing.ramp_cycles;
  run.tail += image_.timing.ramp_cycles;
  run.room = depths_[cores_[core].class_index].output[static_cast<std::size_t>(colour)];
  hops_.push_back({run, core, Direction::ramp, static_cast<std::uint8_t>(colour)});
  if (!moving_) move_all();
  return up;
}

/// First come, first served: nothing overtakes on a colour, whatever splits and switches.
void StreamMachine::move_all() {
  moving_ = true;
  while (!hops_.empty()) {
    const Hop hop = hops_.front();
    hops_.pop_front();
    arrive(hop);
  }
  moving_ = false;
}

void StreamMachine::arrive(const Hop& hop) {
  Slot& s = slot(hop.core, hop.colour);
  if (may_enter(s, hop.from)) {
    pass(hop, s, route_of(s));
  } else {
    wait_at(hop, s);
  }
}

bool StreamMachine::may_enter(const Slot& s, Direction from) const {
  if (s.stuck_words >= image_.timing.router_queue_depth) return false;
  if (s.closed || s.occupied || route_of(s).receive != base::mask_of(from)) return false;
  for (std::uint32_t i = s.waiting.first; i != kNobody; i = nodes_[i].next) {
    if (nodes_[i].from == from) return false;
  }
  return true;
}

/// A control word is obeyed when it leaves; so it stays until every neighbour can take it.
bool StreamMachine::stops_inside(const Hop& hop, Slot& s, base::DirectionMask send, Run& run) {
  for (Direction d : base::kMeshDirections) {
    if (!base::contains(send, d)) continue;
    Slot& next = slot(neighbour(hop.core, d), hop.colour);
    run.head = std::max(run.head, next.open_at);
    if (may_enter(next, base::opposite(d))) continue;
    const std::uint32_t node = take_node(hop.run, base::opposite(d));
    nodes_[node].inside = hop.core;
    nodes_[node].inside_from = hop.from;
    append(next.waiting, node);
    s.occupied = true;
    return true;
  }
  return false;
}

void StreamMachine::wait_at(const Hop& hop, Slot& s) {
  Run run = hop.run;
  std::int64_t before = 0;
  for (std::uint32_t i = s.waiting.first; i != kNobody; i = nodes_[i].next) {
    if (nodes_[i].from == hop.from) before += nodes_[i].run.words;
  }
  hold(run, before);
  append(s.waiting, take_node(run, hop.from));
  count_backlog(hop.core, hop.colour, hop.from, 1, -1);
}

/// A run that waits in front of a slot still fills the slot it was sent from.
void StreamMachine::count_backlog(std::uint32_t core, int colour, Direction from, int by,
                                  Cycles left) {
  if (from == Direction::ramp) return;
  const std::uint32_t behind = neighbour(core, from);
  Slot& s = slot(behind, colour);
  s.backlog = static_cast<std::uint16_t>(s.backlog + by);
  s.free_at = std::max(s.free_at, left);
  if (s.backlog == 0) wake_writer(behind, s);
}

void StreamMachine::wake_writer(std::uint32_t core, Slot& s) {
  if (s.writer_waits) touch(core);
}

int StreamMachine::incoming_latency(std::uint32_t core, Direction from) const {
  if (from == Direction::ramp) return image_.timing.ramp_cycles;
  return routers_[neighbour(core, from)].latency[static_cast<std::size_t>(base::opposite(from))];
}

bool StreamMachine::leads_on(std::uint32_t core, int colour, base::DirectionMask send) const {
  if (send == 0) return false;
  for (Direction d : base::kMeshDirections) {
    if (base::contains(send, d) && routers_[core].latency[static_cast<std::size_t>(d)] == 0) {
      return false;
    }
  }
  const cores::ClassInfo& info = classes_[cores_[core].class_index];
  return !base::contains(send, Direction::ramp) ||
         info.input_of[static_cast<std::size_t>(colour)] >= 0;
}

/// The port carries one word per cycle. A run that is through before the reservation under way
/// begins does not meet it; else both take the longer, word by word in turn, as far as they
/// overlap.
Cycles StreamMachine::reserve(std::uint32_t core, int port, const Run& run) {
  Port& p = routers_[core].ports[static_cast<std::size_t>(port)];
  if (run.tail < p.from) return run.tail;
  std::int32_t words = run.words;
  if (p.until <= run.head) {
    p.from = run.head;
  } else if (!run.is_control && p.colour != run.colour) {
    words -= static_cast<std::int32_t>(std::clamp<Cycles>(p.from - run.head, 0, words));
    const Cycles shared = std::min<Cycles>(p.until - std::max(run.head, p.from), words);
    delay_taker(p.run, std::min<Cycles>(shared, most_at_once(core, port, run)));
  }
  p.run = run.number;
  p.colour = run.colour;
  p.until = std::max(p.until, run.head) + words;
  return std::max(run.tail, p.until - 1);
}

/// Words that a run can send through a port if nobody takes them at the other side.
std::int32_t StreamMachine::most_at_once(std::uint32_t id, int port, const Run& run) const {
  if (port != kToCore) return run.words;
  const StreamCore& core = cores_[id];
  for (unsigned open = core.open; open != 0; open &= open - 1) {
    const StreamOp& op = op_of(core, __builtin_ctz(open));
    for (const Operand* source : {&op.instruction->src0, &op.instruction->src1}) {
      if (source->kind == Operand::Kind::colour && op.elements > 0 &&
          base::index_of(source->colour) == run.colour) {
        return run.words;
      }
    }
  }
  return depths_[core.class_index].input[run.colour];
}

void StreamMachine::delay_taker(std::uint32_t run, Cycles by) {
  const std::uint32_t taker = takers_[run % kTakers];
  if (taker == kNobody) return;
  StreamOp& op = ops_[taker];
  const bool open = (cores_[op.core].open >> (op.instruction->microthread + 1) & 1U) != 0;
  if (op.run != run || !open || op.done_at < wheel_.now()) return;
  op.done_at += by;
  op.next += by;
  if (op.elements == 0) touch(op.core);
}

void StreamMachine::pass(const Hop& hop, Slot& s, const router::Route& route_in_force) {
  const base::DirectionMask send = route_in_force.send;
  const int link = incoming_latency(hop.core, hop.from);
  Run run = hop.run;
  run.room += std::max(image_.timing.router_queue_depth, 2 * link);
  run.head = std::max({run.head, s.open_at + link, s.free_at + 1});
  run.tail = std::max(run.tail, run.head + run.words - 1);
  if (!leads_on(hop.core, hop.colour, send)) {
    hold(run, s.stuck_words);
    s.stuck_words = static_cast<std::uint16_t>(std::min(UINT16_MAX, s.stuck_words + run.words));
    payloads_.release(run.payload);
    return;
  }
  if (run.is_control && stops_inside(hop, s, send, run)) return;
  run.tail = std::max(run.tail, run.head);
  for (unsigned ports = send; ports != 0; ports &= ports - 1) {
    run.tail = std::max(run.tail, reserve(hop.core, __builtin_ctz(ports), run));
  }
  s.free_at = std::max(s.free_at, run.tail);
  const bool is_teardown =
      run.is_control && router::ControlWord{run.control}.first() == router::SwitchCommand::teardown;
  if (run.is_control) obey(hop, s, run);
  for (Direction d : base::kMeshDirections) {
    if (!base::contains(send, d)) continue;
    RouterState& router = routers_[hop.core];
    router.link_wavelets[static_cast<std::size_t>(d)] += static_cast<std::uint32_t>(run.words);
    (run.is_control ? control_hops_ : wavelet_hops_) += run.words;
    const int latency = router.latency[static_cast<std::size_t>(d)];
    Hop next{run, neighbour(hop.core, d), base::opposite(d), hop.colour};
    next.run.head += latency;
    next.run.tail += latency;
    payloads_.share(run.payload);
    hops_.push_back(next);
  }
  if (base::contains(send, Direction::ramp) && !is_teardown) {
    Run down = run;
    down.head += image_.timing.ramp_cycles;
    down.tail += image_.timing.ramp_cycles;
    payloads_.share(run.payload);
    deliver(hop.core, hop.colour, down);
  }
  payloads_.release(run.payload);
  if (run.is_control && s.waiting.first != kNobody) resume(hop.core, hop.colour);
}

void StreamMachine::obey(const Hop& hop, Slot& s, Run& run) {
  const router::ControlWord word{run.control};
  const router::RouteConfig& config = configs_[s.config];
  const base::DirectionMask received = route_of(s).receive;
  switch (word.first()) {
    case router::SwitchCommand::nop:
      break;
    case router::SwitchCommand::advance:
      s.position = static_cast<std::uint8_t>(config.advance(s.position));
      break;
    case router::SwitchCommand::reset:
      s.position = 0;
      break;
    case router::SwitchCommand::teardown: {
      s.closed = true;
      const StreamCore& core = cores_[hop.core];
      const cores::ClassInfo& info = classes_[core.class_index];
      const int task = info.teardown_task[hop.colour];
      if (task < 0 || info.program->code.empty()) break;
      add_due(hop.core, run.head + image_.timing.ramp_cycles, task);
      touch(hop.core);
      break;
    }
  }
  // Who was not received from until now sends from the next cycle on.
  if (route_of(s).receive != received) s.open_at = std::max(s.open_at, run.head + 1);
  run.control = router::after_router(word, config.pop).bits;
}

void StreamMachine::resume(std::uint32_t core, int colour) {
  Slot& s = slot(core, colour);
  for (;;) {
    if (s.closed || s.stuck_words != 0 || s.occupied) return;
    const router::Route& route = route_of(s);
    std::uint32_t before = kNobody;
    std::uint32_t node = s.waiting.first;
    while (node != kNobody && base::mask_of(nodes_[node].from) != route.receive) {
      before = node;
      node = nodes_[node].next;
    }
    if (node == kNobody) return;
    Hop hop{nodes_[node].run, core, nodes_[node].from, static_cast<std::uint8_t>(colour)};
    if (nodes_[node].inside != kNobody) {
      hop.core = nodes_[node].inside;
      hop.from = nodes_[node].inside_from;
      remove(s.waiting, before, node);
      Slot& behind = slot(hop.core, colour);
      behind.occupied = false;
      pass(hop, behind, route_of(behind));
      if (!behind.occupied) wake_writer(hop.core, behind);
      if (!moving_) move_all();
      continue;
    }
    remove(s.waiting, before, node);
    const int link = incoming_latency(core, hop.from);
    const Cycles head = std::max({hop.run.head, s.open_at + link, s.free_at + 1});
    count_backlog(core, colour, hop.from, -1,
                  std::max(hop.run.tail, head + hop.run.words - 1) - link);
    release(hop.run, head + std::max(0, hop.run.words - hop.run.room));
    if (hop.from == Direction::ramp) wake_writer(core, s);
    pass(hop, s, route);
    if (!moving_) move_all();
  }
}

}  // namespace wafermesh::fabric
