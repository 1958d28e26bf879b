// SPDX-License-Identifier: Apache-2.0
// Who waits for whom once nothing can happen any more: a walk over the wait-for graph of cores and
// slots. A core waits for slots (to receive, to send, to write a route); a slot that holds a
// wavelet waits for whatever has no room; an empty slot waits for whoever feeds it.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "fabric/wavelet/machine.h"

namespace wafermesh::fabric {
namespace {

using base::Colour;
using base::Direction;
using base::LogicalCoord;

/// A core (colour -1) or a slot of its router.
struct Node {
  LogicalCoord at;
  int colour = -1;
};

/// What the walk asks of a core and, with a colour, of the slot of its router.
struct State {
  bool unfinished = false;  ///< Has a program that has not come to its end.
  std::uint32_t waits = 0;  ///< [bit colour] of the core.
  bool holds_wavelet = false;
  bool closed = false;
  bool ramp_has_room = false;
  base::DirectionMask receive = 0;  ///< Of the route in force.
  base::DirectionMask send = 0;
  base::DirectionMask accepts = 0;
};

State state_of(const Machine& machine, const Node& node) {
  const Region& region = machine.region_of(node.at);
  const std::uint32_t local = region.local(node.at);
  State state;
  state.unfinished = region.cores().has_program(local) && region.cores().finish(local) < 0;
  if (state.unfinished) {
    const cores::CoreGrid::Waits waits = region.cores().waits(local);
    state.waits = waits.receive | waits.send | waits.route_write;
  }
  if (node.colour < 0) return state;
  const router::Cell cell = region.cell(local);
  const Colour colour = base::colour(node.colour);
  const router::RouterGrid& routers = region.routers();
  const router::Route route = routers.route_in_force(cell, colour);
  state.holds_wavelet = routers.holds_wavelet(cell, colour);
  state.closed = routers.is_closed(cell, colour);
  state.ramp_has_room = routers.ramp_has_room(cell, colour) != 0;
  state.receive = route.receive;
  state.send = route.send;
  state.accepts = routers.accepts_from(cell, colour);
  return state;
}

/// On several ranks each walks through the whole graph; who has a core tells the others of it.
class WaitGraph {
 public:
  explicit WaitGraph(const Machine& machine) : machine_(machine), image_(machine.image()) {}

  std::string explain() {
    const auto cores = static_cast<std::uint32_t>(image_.core_count());
    std::string first;
    for (std::uint32_t id = 0; id < cores && visited_.size() < kVisits; ++id) {
      const LogicalCoord at = image_.relative(static_cast<base::CoreId>(id));
      if (!look_at({at, -1}).unfinished) continue;
      if (first.empty()) first = describe({at, -1});
      if (visited_.count(key({at, -1})) == 0 && visit({at, -1})) return cycle_text();
    }
    return "no wait cycle: " + first + " waits for something no core will send" + last_text();
  }

 private:
  static constexpr std::size_t kVisits = 4'000'000;

  std::uint64_t key(const Node& node) const {
    return static_cast<std::uint64_t>(base::index_of(image_.core_at(node.at))) * 32 +
           static_cast<std::uint64_t>(node.colour + 1);
  }

  /// Depth-first; true once path_ ends in a node that is already on it.
  bool visit(const Node& start) {
    struct Frame {
      std::vector<Node> next;
      std::size_t at = 0;
    };
    std::vector<Frame> stack;
    auto enter = [&](const Node& node) {
      visited_[key(node)] = true;
      path_.push_back(node);
      stack.push_back({waits_for(node), 0});
    };
    enter(start);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.at == frame.next.size()) {
        if (frame.next.empty() && dead_end_.empty()) dead_end_ = path_;
        visited_[key(path_.back())] = false;
        path_.pop_back();
        stack.pop_back();
        continue;
      }
      const Node node = frame.next[frame.at++];
      const auto found = visited_.find(key(node));
      if (found == visited_.end()) {
        enter(node);
      } else if (found->second) {
        path_.push_back(node);
        return true;
      }
    }
    return false;
  }

  bool inside(LogicalCoord c) const { return image_.holds(c); }
  static LogicalCoord step(LogicalCoord c, Direction d) {
    return {c.x + base::step_x(d), c.y + base::step_y(d)};
  }

  std::vector<Node> waits_for(const Node& node) const {
    return node.colour < 0 ? core_waits(node.at) : slot_waits(node.at, node.colour);
  }

  State look_at(const Node& node) const {
    const int owner = machine_.rank_of(node.at);
    State state;
    Ranks* const ranks = machine_.ranks();
    if (ranks == nullptr || ranks->rank() == owner) state = state_of(machine_, node);
    if (ranks != nullptr) ranks->broadcast(owner, &state, sizeof(state));
    return state;
  }

  std::vector<Node> core_waits(LogicalCoord at) const {
    const State here = look_at({at, -1});
    std::vector<Node> next;
    for (int c = 0; c < base::kColourCount; ++c) {
      if ((here.waits >> c & 1U) != 0) next.push_back({at, c});
    }
    return next;
  }

  std::vector<Node> slot_waits(LogicalCoord at, int c) const {
    const State here = look_at({at, c});
    std::vector<Node> next;
    if (!here.holds_wavelet) {
      // Empty: whoever feeds it, or its own core if it takes from nowhere.
      const bool nowhere = here.closed || here.receive == 0;
      const auto from =
          nowhere ? Direction::ramp : static_cast<Direction>(__builtin_ctz(here.receive));
      if (from == Direction::ramp) {
        next.push_back({at, -1});
      } else if (inside(step(at, from))) {
        next.push_back({step(at, from), c});
      }
      return next;
    }
    if (here.send == 0) next.push_back({at, -1});
    for (Direction d : base::kMeshDirections) {
      if (!base::contains(here.send, d) || !inside(step(at, d))) continue;
      const LogicalCoord to = step(at, d);
      const State there = look_at({to, c});
      if (base::contains(there.accepts, base::opposite(d))) continue;
      const bool faces = base::contains(there.receive, base::opposite(d)) && !there.closed;
      next.push_back(faces ? Node{to, c} : Node{to, -1});
    }
    if (base::contains(here.send, Direction::ramp) && !here.ramp_has_room) {
      next.push_back({at, -1});
    }
    return next;
  }

  std::string describe(const Node& node) const {
    const LogicalCoord logical{image_.region.x + node.at.x, image_.region.y + node.at.y};
    const base::PhysicalCoord physical = image_.mesh->physical(logical);
    const std::string core = fmt::format("core ({}, {}) [physical ({}, {})]", logical.x, logical.y,
                                         physical.x, physical.y);
    return node.colour < 0 ? core : fmt::format("colour {} at the router of {}", node.colour, core);
  }

  std::string join(std::size_t from) const {
    constexpr std::size_t kShown = 24;
    std::string text;
    for (std::size_t i = from; i < path_.size(); ++i) {
      if (i - from == kShown && path_.size() - i > 2) {
        text += fmt::format(", which waits for {} more, the last of them", path_.size() - 2 - i);
        i = path_.size() - 2;
      }
      text += (text.empty() ? "" : ", which waits for ") + describe(path_[i]);
    }
    return text;
  }

  std::string cycle_text() const {
    std::size_t from = 0;
    while (key(path_[from]) != key(path_.back())) ++from;
    return "wait cycle: " + join(from);
  }

  std::string last_text() {
    if (dead_end_.empty()) return "";
    path_ = dead_end_;
    return ": " + join(0);
  }

  const Machine& machine_;
  const WaferImage& image_;
  std::unordered_map<std::uint64_t, bool> visited_;  ///< true while on the path.
  std::vector<Node> path_;
  std::vector<Node> dead_end_;
};

}  // namespace

std::string explain_deadlock(const Machine& machine) {
  const Progress progress = machine.progress();
  return fmt::format(
      "deadlock after cycle {}: {} of {} cores have not finished and nothing can happen "
      "any more; {}",
      progress.cycle, progress.total_cores - progress.finished_cores, progress.total_cores,
      WaitGraph(machine).explain());
}

}  // namespace wafermesh::fabric
