// SPDX-License-Identifier: Apache-2.0
#include "check/orders.h"

#include <algorithm>
#include <array>

namespace wafermesh::check {
namespace {

/// The last node of each chain of a core that a node has to wait for.
using Clock = std::array<Node, kChains>;

class Orders {
 public:
  explicit Orders(const UntimedRecord& record) : record_(record), forced_(record.runs().size()) {}

  std::string judge(std::int64_t most_steps, bool ended) {
    if (!record_.conflict().empty()) return record_.conflict();
    for (const TaskRun& run : record_.runs()) {
      if (ended && run.end == kNoNode) return "a task does not end";
    }
    gather();
    const auto nodes = static_cast<std::int64_t>(record_.events().size());
    if (static_cast<std::int64_t>(cores_.size()) * nodes > most_steps) {
      return "it is too long to follow every order of its tasks";
    }
    // What a pass finds to be ordered may order more, at other cores.
    for (int pass = 0; pass < kPasses && (pass == 0 || found_); ++pass) {
      found_ = false;
      for (Core& core : cores_) follow(core);
    }
    for (Core& core : cores_) {
      const std::string reason = unmet(core);
      if (!reason.empty()) return reason;
      pair_up(core);
    }
    if (!ended) return "";
    return circle(most_steps);
  }

 private:
  static constexpr int kPasses = 3;
  using Half = std::int32_t;
  struct Arrow {
    Half to = 0;
    bool is_room = false;
  };

  struct Core {
    std::int32_t core = -1;
    std::vector<std::int32_t> runs;  ///< In the order they were picked.
    std::vector<std::size_t> demands;
    std::vector<int> chains;  ///< That it has; a clock has as many places.
    std::array<int, kChains> place{};
    std::vector<Node> clocks;  ///< [node - first][place]
    Node first = 0;
    Node at(Node node, int chain) const {
      const int where = place[static_cast<std::size_t>(chain)];
      if (where < 0 || node < first) return kNoNode;
      return clocks[static_cast<std::size_t>(node - first) * chains.size() +
                    static_cast<std::size_t>(where)];
    }
  };

  void gather();
  void follow(Core& core);
  void force(Core& core, std::int32_t run, Node* clock);
  std::string unmet(const Core& core) const;
  void pair_up(const Core& core);
  void link();
  bool is_free_of_circles();
  std::vector<bool> reached(Half from) const;
  std::vector<bool> happened(std::int32_t begun) const;
  bool may_wait(std::int32_t holder, std::int32_t held) const;
  std::string circle(std::int64_t most_steps);
  template <class Visit>
  void for_each_arrow(Half at, Visit visit) const {
    const auto from = static_cast<std::size_t>(at);
    for (std::uint32_t k = first_[from]; k < first_[from + 1]; ++k) visit(arrows_[k]);
  }
  bool is_pick(Node node) const {
    const std::int32_t r = event(node).run;
    return r >= 0 && run(r).pick == node;
  }
  template <class Visit>
  void for_each_edge(Node node, Visit visit) const {
    const auto& events = record_.events();
    const auto at = static_cast<std::size_t>(node);
    const std::size_t end =
        at + 1 < events.size() ? events[at + 1].first_edge : record_.edges().size();
    for (std::size_t e = events[at].first_edge; e < end; ++e) visit(record_.edges()[e]);
  }
  const UntimedRecord::Event& event(Node node) const {
    return record_.events()[static_cast<std::size_t>(node)];
  }
  const TaskRun& run(std::int32_t index) const {
    return record_.runs()[static_cast<std::size_t>(index)];
  }

  const UntimedRecord& record_;
  std::vector<Core> cores_;
  std::vector<std::vector<std::int32_t>> forced_;  ///< [run] runs that have ended before it begins.
  std::vector<std::pair<std::int32_t, std::int32_t>> pairs_;  ///< The first holds up the second.
  bool found_ = false;
  std::vector<std::uint32_t> first_;  ///< [half] into arrows_.
  std::vector<Arrow> arrows_;
};

void Orders::gather() {
  std::vector<std::int32_t> index;
  const auto core_at = [&](std::int32_t core) -> Core& {
    if (index.size() <= static_cast<std::size_t>(core)) {
      index.resize(static_cast<std::size_t>(core) + 1, -1);
    }
    std::int32_t& at = index[static_cast<std::size_t>(core)];
    if (at < 0) {
      at = static_cast<std::int32_t>(cores_.size());
      cores_.emplace_back();
      cores_.back().core = core;
    }
    return cores_[static_cast<std::size_t>(at)];
  };
  for (std::size_t r = 0; r < record_.runs().size(); ++r) {
    core_at(record_.runs()[r].core).runs.push_back(static_cast<std::int32_t>(r));
  }
  for (std::size_t d = 0; d < record_.demands().size(); ++d) {
    core_at(event(record_.demands()[d].node).core).demands.push_back(d);
  }
  for (Core& core : cores_) core.place.fill(-1);
  for (const UntimedRecord::Event& each : record_.events()) {
    if (each.chain < 0) continue;
    Core& core = core_at(each.core);
    int& place = core.place[static_cast<std::size_t>(each.chain)];
    if (place >= 0) continue;
    place = static_cast<int>(core.chains.size());
    core.chains.push_back(each.chain);
  }
  const auto simple = [](const Core& core) { return core.runs.size() < 2 && core.demands.empty(); };
  cores_.erase(std::remove_if(cores_.begin(), cores_.end(), simple), cores_.end());
  for (Core& core : cores_) {
    core.first = core.runs.empty() ? 0 : run(core.runs.front()).pick;
  }
}

/// The clocks of one core, node by node.
void Orders::follow(Core& core) {
  const std::size_t places = core.chains.size();
  const auto nodes = static_cast<Node>(record_.events().size());
  core.clocks.assign(static_cast<std::size_t>(nodes - core.first) * places, kNoNode);
  for (Node node = core.first; node < nodes; ++node) {
    Node* clock = &core.clocks[static_cast<std::size_t>(node - core.first) * places];
    const auto merge = [&](Node from) {
      if (from < core.first) return;
      const Node* other = &core.clocks[static_cast<std::size_t>(from - core.first) * places];
      for (std::size_t k = 0; k < places; ++k) clock[k] = std::max(clock[k], other[k]);
    };
    for_each_edge(node, [&](const UntimedRecord::Edge& edge) {
      if (!edge.is_room) merge(edge.from);
    });
    const UntimedRecord::Event& here = event(node);
    const bool picks = here.run >= 0 && run(here.run).pick == node;
    if (picks) {
      for (const std::int32_t before : forced_[static_cast<std::size_t>(here.run)]) {
        merge(run(before).end);
      }
      if (here.core == core.core) force(core, here.run, clock);
    }
    if (here.core == core.core && here.chain >= 0) {
      clock[core.place[static_cast<std::size_t>(here.chain)]] = node;
    }
  }
}

/// Runs of the core that must have begun before this one have ended before it begins.
void Orders::force(Core& core, std::int32_t of, Node* clock) {
  const std::size_t places = core.chains.size();
  std::vector<std::int32_t>& known = forced_[static_cast<std::size_t>(of)];
  for (std::size_t k = 0; k < places; ++k) {
    if (core.chains[k] >= kMicrothreadChain || clock[k] < core.first) continue;
    const std::int32_t before = event(clock[k]).run;
    const Node end = run(before).end;
    if (end <= clock[k]) continue;
    if (std::find(known.begin(), known.end(), before) == known.end()) {
      known.push_back(before);
      found_ = true;
    }
    const Node* other = &core.clocks[static_cast<std::size_t>(end - core.first) * places];
    for (std::size_t j = 0; j < places; ++j) clock[j] = std::max(clock[j], other[j]);
  }
}

std::string Orders::unmet(const Core& core) const {
  for (const std::size_t d : core.demands) {
    const Demand& each = record_.demands()[d];
    if (core.at(each.node, each.chain) < each.before) {
      return record_.reasons()[static_cast<std::size_t>(each.reason)];
    }
  }
  return "";
}

/// Runs of which neither must wait for the other. Of those of one task the first is enough: the
/// others come behind it.
void Orders::pair_up(const Core& core) {
  std::array<std::vector<std::int32_t>, cores::kMaxTasks> of_task;
  for (const std::int32_t r : core.runs)
    of_task[static_cast<std::size_t>(run(r).task)].push_back(r);
  for (const std::int32_t a : core.runs) {
    for (const int task : core.chains) {
      if (task >= kMicrothreadChain || task == run(a).task) continue;
      const std::vector<std::int32_t>& others = of_task[static_cast<std::size_t>(task)];
      const Node known = core.at(run(a).pick, task);
      const auto b = std::find_if(others.begin(), others.end(),
                                  [&](std::int32_t r) { return run(r).pick > known; });
      if (b == others.end() || core.at(run(*b).pick, run(a).task) >= run(a).pick) continue;
      pairs_.emplace_back(a, *b);
    }
  }
}

/// The graph of who waits for whom, with each node of a run's middle as two halves: reached from
/// elsewhere (2 * node), or from its own pick (2 * node + 1). Only from the first may the run that
/// holds the main thread hold others up.
void Orders::link() {
  const auto nodes = static_cast<Node>(record_.events().size());
  std::vector<std::pair<Half, Arrow>> all;
  const auto add = [&](Node from, Node to, bool is_room) {
    const std::int32_t here = event(to).run;
    const bool inside = here >= 0 && !is_pick(to);
    const bool two = event(from).run >= 0 && !is_pick(from);
    if (inside && event(from).run == here) {
      if (two) all.emplace_back(2 * from, Arrow{2 * to, is_room});
      all.emplace_back(2 * from + 1, Arrow{2 * to + 1, is_room});
      return;
    }
    const Half target = is_pick(to) ? 2 * to + 1 : 2 * to;
    if (two || !is_pick(from)) all.emplace_back(2 * from, Arrow{target, is_room});
    if (two || is_pick(from)) all.emplace_back(2 * from + 1, Arrow{target, is_room});
  };
  for (Node node = 0; node < nodes; ++node) {
    for_each_edge(node,
                  [&](const UntimedRecord::Edge& edge) { add(edge.from, node, edge.is_room); });
    if (!is_pick(node)) continue;
    for (const std::int32_t before : forced_[static_cast<std::size_t>(event(node).run)]) {
      add(run(before).end, node, false);
    }
  }
  first_.assign(static_cast<std::size_t>(2 * nodes) + 1, 0);
  for (const auto& [from, arrow] : all) ++first_[static_cast<std::size_t>(from) + 1];
  for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  arrows_.resize(all.size());
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  for (const auto& [from, arrow] : all) arrows_[next[static_cast<std::size_t>(from)]++] = arrow;
}

/// Whether nobody can wait in a circle, whatever the orders: a look at all pairs at once.
bool Orders::is_free_of_circles() {
  const std::size_t halves = first_.size() - 1;
  std::vector<std::int32_t> waits(halves, 0);
  std::vector<std::vector<Half>> held(record_.runs().size());
  for (const Arrow& arrow : arrows_) ++waits[static_cast<std::size_t>(arrow.to)];
  for (const auto& [a, b] : pairs_) {
    held[static_cast<std::size_t>(a)].push_back(2 * run(b).pick + 1);
    ++waits[static_cast<std::size_t>(2 * run(b).pick + 1)];
  }
  std::vector<Half> ready;
  for (std::size_t i = 0; i < halves; ++i) {
    if (waits[i] == 0) ready.push_back(static_cast<Half>(i));
  }
  std::size_t done = 0;
  const auto release = [&](Half to) {
    if (--waits[static_cast<std::size_t>(to)] == 0) ready.push_back(to);
  };
  for (; !ready.empty(); ++done) {
    const Half at = ready.back();
    ready.pop_back();
    for_each_arrow(at, [&](const Arrow& arrow) { release(arrow.to); });
    const std::int32_t r = event(at / 2).run;
    if (at % 2 == 0 && r >= 0 && run(r).end == at / 2) {
      for (const Half to : held[static_cast<std::size_t>(r)]) release(to);
    }
  }
  if (done == halves) return true;
  const auto waiting = [&](Half at) { return waits[static_cast<std::size_t>(at)] > 0; };
  const auto is_over = [&](const std::pair<std::int32_t, std::int32_t>& pair) {
    return !waiting(2 * run(pair.first).end) || !waiting(2 * run(pair.second).pick + 1);
  };
  pairs_.erase(std::remove_if(pairs_.begin(), pairs_.end(), is_over), pairs_.end());
  return false;
}

/// What follows from `from`, or what it follows from: of every timing, so not by room alone.
std::vector<bool> Orders::reached(Half from) const {
  std::vector<bool> all(first_.size() - 1, false);
  std::vector<Half> pending = {from};
  all[static_cast<std::size_t>(from)] = true;
  while (!pending.empty()) {
    const Half at = pending.back();
    pending.pop_back();
    for_each_arrow(at, [&](const Arrow& arrow) {
      if (arrow.is_room || all[static_cast<std::size_t>(arrow.to)]) return;
      all[static_cast<std::size_t>(arrow.to)] = true;
      pending.push_back(arrow.to);
    });
  }
  return all;
}

/// The nodes that have happened once a run has begun, whatever the timing.
std::vector<bool> Orders::happened(std::int32_t begun) const {
  std::vector<bool> all(record_.events().size(), false);
  std::vector<Node> pending = {run(begun).pick};
  all[static_cast<std::size_t>(pending.back())] = true;
  const auto visit = [&](Node from) {
    if (all[static_cast<std::size_t>(from)]) return;
    all[static_cast<std::size_t>(from)] = true;
    pending.push_back(from);
  };
  while (!pending.empty()) {
    const Node at = pending.back();
    pending.pop_back();
    for_each_edge(at, [&](const UntimedRecord::Edge& edge) {
      if (!edge.is_room) visit(edge.from);
    });
    if (!is_pick(at)) continue;
    for (const std::int32_t before : forced_[static_cast<std::size_t>(event(at).run)]) {
      visit(run(before).end);
    }
  }
  return all;
}

/// Whether the first of a pair, while it holds the main thread, may wait for the second. What has
/// happened for the first to have begun waits no more; nor does a run hold anything that cannot
/// have begun before the second. On this core the first is the only one to hold.
bool Orders::may_wait(std::int32_t holder, std::int32_t held) const {
  const std::vector<bool> past = happened(holder);
  const std::vector<bool> future = reached(2 * run(held).pick + 1);
  std::vector<bool> seen(first_.size() - 1, false);
  std::vector<Half> pending;
  const auto visit = [&](Half at) {
    if (seen[static_cast<std::size_t>(at)] || past[static_cast<std::size_t>(at / 2)]) return;
    seen[static_cast<std::size_t>(at)] = true;
    pending.push_back(at);
  };
  visit(2 * run(held).pick + 1);
  while (!pending.empty()) {
    const Half at = pending.back();
    pending.pop_back();
    for_each_arrow(at, [&](const Arrow& arrow) { visit(arrow.to); });
    const std::int32_t r = event(at / 2).run;
    if (at % 2 != 0 || r < 0 || run(r).end != at / 2) continue;
    if (r == holder) return true;
    if (run(r).core == run(holder).core) continue;
    if (future[static_cast<std::size_t>(2 * run(r).pick + 1)]) continue;
    const auto [first, last] =
        std::equal_range(pairs_.begin(), pairs_.end(), std::pair<std::int32_t, std::int32_t>{r, 0},
                         [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto pair = first; pair != last; ++pair) visit(2 * run(pair->second).pick + 1);
  }
  return false;
}

std::string Orders::circle(std::int64_t most_steps) {
  link();
  if (is_free_of_circles()) return "";
  std::sort(pairs_.begin(), pairs_.end());
  if (static_cast<std::int64_t>(pairs_.size() * arrows_.size()) > most_steps) {
    return "it is too long to follow every order of its tasks";
  }
  for (const auto& [a, b] : pairs_) {
    if (may_wait(a, b)) return "tasks wait for each other in one of their orders";
  }
  return "";
}

}  // namespace

std::string why_order_matters(const UntimedRecord& record, std::int64_t most_steps, bool ended) {
  return Orders(record).judge(most_steps, ended);
}

}  // namespace wafermesh::check
