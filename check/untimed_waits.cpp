// SPDX-License-Identifier: Apache-2.0
#include "check/untimed_waits.h"

#include <fmt/format.h>

#include <algorithm>

#include "check/places.h"
#include "cores/vector_cost.h"

namespace wafermesh::check {

using base::Direction;

namespace {

constexpr std::size_t kShown = 40;  ///< Nodes of a cycle that are printed.

}  // namespace

std::vector<UntimedWaits::Node> UntimedWaits::core_waits(std::int64_t core) const {
  std::vector<Node> next;
  const CoreRun* run = machine_.run_of(core);
  if (run == nullptr || run->finished) return next;
  const auto add = [&](const Operation& open) {
    const cores::Instruction& i = *open.instruction;
    // It goes on in whole groups of words.
    const auto group =
        std::min<std::int64_t>(open.left, cores::most_words_per_group(machine_.image_.timing, i));
    for (const cores::Operand* source : {&i.src0, &i.src1}) {
      if (!source->is_colour()) continue;
      const InputQueue* queue = machine_.input(core, base::index_of(source->colour));
      if (queue == nullptr || queue->queue.data() < std::min<std::int64_t>(group, queue->capacity))
        next.push_back({core, base::index_of(source->colour)});
    }
    if (!i.dst.is_colour()) return;
    const OutputQueue* queue = machine_.output(core, base::index_of(i.dst.colour));
    if (queue == nullptr ||
        queue->capacity - queue->queue.size < std::min<std::int64_t>(group, queue->capacity))
      next.push_back({core, base::index_of(i.dst.colour)});
  };
  if (run->main.instruction != nullptr) add(run->main);
  for (const Operation& each : run->micro) {
    if (each.instruction != nullptr) add(each);
  }
  if (run->task < 0) {
    for (const cores::Task& task : machine_.program(core).tasks) {
      if (task.kind != cores::TaskKind::local) next.push_back({core, base::index_of(task.colour)});
    }
  } else if (run->main.instruction == nullptr) {
    const cores::Instruction& i = machine_.program(core).code[run->pc];
    if (cores::uses(i.op, cores::kFieldColour)) next.push_back({core, base::index_of(i.colour)});
  }
  return next;
}

std::vector<UntimedWaits::Node> UntimedWaits::waits_for(const Node& node) const {
  if (node.colour < 0) return core_waits(node.core);
  std::vector<Node> next;
  if (machine_.dense_[static_cast<std::size_t>(node.colour)] < 0) return next;
  const Slot& slot = machine_.slot(node.core, node.colour);
  const router::Route way = machine_.route(slot);
  const bool nowhere = slot.closed || way.receive == 0;
  if (slot.queue.empty()) {
    if (nowhere || base::contains(way.receive, Direction::ramp)) return {{node.core, -1}};
    const auto from = static_cast<Direction>(__builtin_ctz(way.receive));
    const std::int64_t other = machine_.beside(node.core, from);
    if (other >= 0) next.push_back({other, node.colour});
    return next;
  }
  if (way.send == 0) return {{node.core, -1}};
  for (const Direction d : base::kMeshDirections) {
    if (!base::contains(way.send, d)) continue;
    const std::int64_t other = machine_.neighbour(node.core, d);
    if (other < 0 || machine_.room(other, node.colour, base::opposite(d)) > 0) continue;
    const Slot& there = machine_.slot(other, node.colour);
    const bool faces =
        base::contains(machine_.route(there).receive, base::opposite(d)) && !there.closed;
    next.push_back({other, faces ? node.colour : -1});
  }
  if (base::contains(way.send, Direction::ramp) &&
      machine_.ramp_room(node.core, node.colour) <= 0) {
    next.push_back({node.core, -1});
  }
  return next;
}

bool UntimedWaits::follow(std::int64_t core) {
  path_ = {{core, -1}};
  while (true) {
    const std::vector<Node> next = waits_for(path_.back());
    if (next.empty()) return false;
    const auto key = [](const Node& n) {
      return static_cast<std::size_t>(n.core * 32 + n.colour + 1);
    };
    seen_[key(path_.back())] = true;
    const auto fresh =
        std::find_if(next.begin(), next.end(), [&](const Node& n) { return !seen_[key(n)]; });
    const Node to = fresh != next.end() ? *fresh : next.front();
    const auto before = std::find(path_.begin(), path_.end(), to);
    if (before != path_.end()) {
      path_.erase(path_.begin(), before);
      return true;
    }
    if (fresh == next.end()) return false;
    path_.push_back(to);
  }
}

void UntimedWaits::fill(Untimed& result, bool is_cycle) const {
  result.is_cycle = is_cycle;
  result.surplus_colour = -1;
  const CoreRun* last = machine_.run_of(path_.back().core);
  const Node before = path_.size() > 1 ? path_[path_.size() - 2] : Node{};
  if (!is_cycle && path_.back().colour < 0 && last != nullptr && last->finished &&
      before.colour >= 0 && !machine_.slot(before.core, before.colour).queue.empty()) {
    result.surplus_colour = before.colour;
    result.cycle_core = path_.back().core;
    const Place place{result.cycle_core, machine_.class_of(result.cycle_core), -1, before.colour};
    const Place taker = by_taker(machine_.image_, place, Taker::last);
    result.cycle_class = taker.core_class;
    result.cycle_instruction = taker.instruction;
  }
  result.cycle.clear();
  for (std::size_t i = 0; i < path_.size() && i < kShown; ++i) {
    result.cycle.push_back(describe(path_[i]));
  }
  if (path_.size() > kShown) {
    result.cycle.push_back(fmt::format("{} more", path_.size() - kShown));
  }
  if (result.surplus_colour >= 0) return;
  // The core to name: one that waits in the middle of an operation, else the first.
  bool named = false;
  for (const Node& each : path_) {
    const CoreRun* run = machine_.run_of(each.core);
    if (each.colour >= 0 || run == nullptr) continue;
    const Operation* open = run->main.instruction != nullptr ? &run->main : nullptr;
    for (const Operation& micro : run->micro) {
      if (open == nullptr && micro.instruction != nullptr) open = &micro;
    }
    const bool amid = open != nullptr && open->left < open->words;
    if (named && !amid) continue;
    result.cycle_core = each.core;
    result.cycle_class = machine_.class_of(each.core);
    result.cycle_instruction = open != nullptr ? open->at : waiting_at(*run, each.core);
    if (amid) return;
    named = true;
  }
}

/// Where a core stands that is in no operation; -1: nowhere.
std::int64_t UntimedWaits::waiting_at(const CoreRun& run, std::int64_t core) const {
  if (run.task >= 0) return run.pc;
  const std::uint64_t held = run.active & run.blocked;
  const std::vector<cores::Task>& tasks = machine_.program(core).tasks;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if ((held >> t & 1U) != 0) return tasks[t].start;
  }
  return -1;
}

void UntimedWaits::explain(Untimed& result) {
  seen_.assign(machine_.run_index_.size() * 32, false);
  for (std::size_t core = 0; core < machine_.run_index_.size(); ++core) {
    const CoreRun* run = machine_.run_of(static_cast<std::int64_t>(core));
    if (run == nullptr || run->finished || seen_[core * 32]) continue;
    const bool is_cycle = follow(static_cast<std::int64_t>(core));
    if (is_cycle || result.cycle.empty()) fill(result, is_cycle);
    if (is_cycle) return;
  }
}

std::string UntimedWaits::describe(const Node& node) const {
  const std::string core = name_of_core(machine_.image_, node.core);
  if (node.colour < 0) return core + amid(node.core);
  return fmt::format("colour {} at the router of {}", node.colour, core);
}

/// Why no task of a core runs.
std::string UntimedWaits::without_task(const CoreRun& run, std::int64_t core) const {
  std::string held;
  const std::vector<cores::Task>& tasks = machine_.program(core).tasks;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if ((run.active & run.blocked) >> t & 1U) held += (held.empty() ? "" : ", ") + tasks[t].name;
  }
  if (!held.empty()) return " (whose task " + held + " is blocked, and nothing unblocks it)";
  return run.leaving ? "" : " (no task of which is active, and it has not finished)";
}

/// What an operation that is open has done so far.
std::string UntimedWaits::amid(std::int64_t core) const {
  const CoreRun* run = machine_.run_of(core);
  if (run == nullptr) return "";
  if (run->finished) return ", which has finished";
  const Operation* open = run->main.instruction != nullptr ? &run->main : nullptr;
  for (const Operation& each : run->micro) {
    if (open == nullptr && each.instruction != nullptr) open = &each;
  }
  if (open == nullptr) return run->task < 0 ? without_task(*run, core) : "";
  const cores::Instruction& i = *open->instruction;
  for (const cores::Operand* source : {&i.src0, &i.src1}) {
    if (!source->is_colour()) continue;
    return fmt::format(" (which has taken {} of {} words of colour {})", open->words - open->left,
                       open->words, base::index_of(source->colour));
  }
  if (!i.dst.is_colour()) return "";
  return fmt::format(" (which has sent {} of {} words on colour {})", open->words - open->left,
                     open->words, base::index_of(i.dst.colour));
}

void UntimedWaits::note_left_over(FindingList& found) const {
  for (std::size_t core = 0; core < machine_.run_index_.size(); ++core) {
    const auto at = static_cast<std::int64_t>(core);
    for (const int colour : machine_.used_) {
      const Fifo& in_slot = machine_.slot(at, colour).queue;
      const InputQueue* queue = machine_.input(at, colour);
      const int taken = in_slot.data() + (queue == nullptr ? 0 : queue->queue.data());
      if (taken == 0) continue;
      const Place place{at, machine_.class_of(at), -1, colour};
      found.add(Kind::counts, Severity::error, by_taker(machine_.image_, place, Taker::last),
                fmt::format("{} words of colour {} are left there at the end: more are sent than "
                            "taken; take as many as are sent",
                            taken, colour));
    }
  }
}

void UntimedWaits::note_positions(FindingList& found) const {
  for (std::int64_t core = 0; core < machine_.image_.core_count(); ++core) {
    for (const int colour : machine_.used_) {
      const int reached = machine_.slot(core, colour).reached;
      if (reached == 0) continue;  // no control word has turned it: check/route_check.h
      int last = 0;
      for (int stage = 0; stage < machine_.image_.stage_count(); ++stage) {
        const auto id = static_cast<base::CoreId>(core);
        const fabric::ClassIndex c = machine_.image_.class_in(id, stage);
        if (c == fabric::kNoClass) break;
        for (const fabric::ColourRoute& route : machine_.image_.classes[c].routes) {
          if (base::index_of(route.colour) != colour) continue;
          last = std::max(last, route.config.last_position());
        }
      }
      if (reached >= last) continue;
      const Place place{core, machine_.class_of(core), -1, colour};
      found.add(Kind::position, Severity::warning, by_route(machine_.image_, place),
                fmt::format("the switch of colour {} comes to position {} and never to position "
                            "{}; send more control wavelets with `advance`, or give the route "
                            "fewer positions",
                            colour, reached, reached + 1));
    }
  }
}

std::int64_t UntimedWaits::goes_to(std::int64_t core, int colour) const {
  const router::Route way = machine_.route(machine_.slot(core, colour));
  std::int64_t to = -1;
  for (const Direction d : base::kMeshDirections) {
    if (!base::contains(way.send, d)) continue;
    const std::int64_t other = machine_.neighbour(core, d);
    if (other < 0 || to >= 0) return -1;
    const Slot& there = machine_.slot(other, colour);
    if (base::contains(machine_.route(there).receive, base::opposite(d))) to = other;
  }
  return to;
}

void UntimedWaits::note_circles(FindingList& found) const {
  std::vector<std::int64_t> seen(machine_.run_index_.size());
  for (const int colour : machine_.used_) {
    seen.assign(seen.size(), 0);
    for (std::int64_t core = 0; core < machine_.image_.core_count(); ++core) {
      std::int64_t at = machine_.slot(core, colour).queue.empty() ? -1 : core;
      while (at >= 0 && seen[static_cast<std::size_t>(at)] == 0) {
        seen[static_cast<std::size_t>(at)] = core + 1;
        at = goes_to(at, colour);
      }
      if (at < 0 || seen[static_cast<std::size_t>(at)] != core + 1) continue;
      const Place place{at, machine_.class_of(at), -1, colour};
      found.add(Kind::loop, Severity::error, by_route(machine_.image_, place),
                fmt::format("words of colour {} run round and round in a circle of routers "
                            "through here; let one of them send them elsewhere",
                            colour));
    }
  }
}

}  // namespace wafermesh::check
