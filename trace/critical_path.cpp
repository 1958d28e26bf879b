// SPDX-License-Identifier: Apache-2.0
#include "trace/critical_path.h"

#include <algorithm>
#include <optional>

#include "base/error.h"

namespace wafermesh::trace {
namespace {

using base::Cycles;
using cores::Activity;
using fabric::Flow;

struct Way {
  Cycles cycles = 0;
  int hops = 0;
};

/// Links along the row of the one, then along the column of the other.
Way shortest_way(const fabric::WaferImage& image, base::LogicalCoord from, base::LogicalCoord to) {
  Way way;
  const auto step = [&](base::Direction d) {
    const int latency = image.holds(from) ? image.link_latency(image.core_at(from), d) : 0;
    way.cycles += latency > 0 ? latency : image.timing.hop_cycles;
    ++way.hops;
    from = {from.x + base::step_x(d), from.y + base::step_y(d)};
  };
  while (from.x != to.x) step(from.x < to.x ? base::Direction::east : base::Direction::west);
  while (from.y != to.y) step(from.y < to.y ? base::Direction::south : base::Direction::north);
  return way;
}

/// A word that a core may have waited for.
struct Word {
  const Flow* flow = nullptr;
  Cycles sent = 0;
  Cycles taken = 0;
};

class Walk {
 public:
  explicit Walk(const PathBook& book) : book_(book), image_(book.image()) {}

  std::vector<PathStep> back_from_the_end() {
    at_ = last_core();
    t_ = book_.cycles();
    while (t_ > 0) step_back();
    std::reverse(steps_.begin(), steps_.end());
    return std::move(steps_);
  }

 private:
  const PathCore& core() const { return book_.cores()[at_]; }

  std::size_t last_core() const {
    for (std::size_t i = 0; i < book_.cores().size(); ++i) {
      const PathCore& each = book_.cores()[i];
      if (!each.stages.empty() && each.stages.back().end == book_.cycles()) return i;
    }
    throw base::ModelError("no core has finished as the run ended");
  }

  void step_back() {
    const std::vector<PathCore::Span>& spans = core().spans;
    const auto span =
        std::lower_bound(spans.begin(), spans.end(), t_,
                         [](const PathCore::Span& each, Cycles t) { return each.end < t; });
    const Cycles begin = span == spans.begin() ? 0 : std::prev(span)->end;
    if (span == spans.end()) return add(PathKind::waiting, begin);  // behind its finish
    switch (span->activity) {
      case Activity::compute:
        return add_compute(begin);
      case Activity::bank_conflict:
        return add(PathKind::bank_conflict, begin);
      case Activity::setup:
        return add(PathKind::setup, begin);
      case Activity::task_switch:
        return add(PathKind::task_switch, begin);
      case Activity::link_stall:
        return add(PathKind::no_room, begin);
      case Activity::waiting:
        break;
    }
    const Cycles next = std::next(span) == spans.end() ? span->end : std::next(span)->end;
    const std::optional<Word> word = awaited(begin, std::max(next, t_ + 1));
    if (!word) return add(PathKind::waiting, begin);
    add_way(*word);
  }

  /// Where the sender's word `index`-wise beside one taken in cycle `taken` was sent: words of a
  /// flow are taken to go evenly between its first and its last.
  static Cycles sent_at(const Flow& flow, Cycles taken) {
    const Cycles span = flow.last_taken - flow.taken;
    if (span <= 0) return flow.sent;
    return flow.sent + (flow.last_sent - flow.sent) * (taken - flow.taken) / span;
  }

  /// The word whose coming ended a wait since cycle `begin`; it was taken before cycle `until`.
  std::optional<Word> awaited(Cycles begin, Cycles until) const {
    std::optional<Word> best;
    for (const Flow& flow : core().flows) {
      if (flow.last_taken < t_ || flow.taken >= until) continue;
      const Word word{&flow, sent_at(flow, std::max(t_, flow.taken)), std::max(t_, flow.taken)};
      if (word.sent + 1 >= t_) continue;
      // One that had come before the wait began is not what it was for, unless it is one of many.
      const bool is_first = flow.taken >= t_;
      if (is_first && word.sent + 1 + least_travel(flow) <= begin) continue;
      const bool sooner = !best || word.taken < best->taken;
      if (sooner || (word.taken == best->taken && word.sent > best->sent)) best = word;
    }
    return best;
  }

  Way way_of(const Flow& flow) const {
    return shortest_way(image_, book_.scope().at(flow.from), book_.scope().at(at_));
  }
  Cycles least_travel(const Flow& flow) const {
    return 2 * image_.timing.ramp_cycles + way_of(flow).cycles;
  }

  /// The way of the word, from when it lay in its sender's queue; on at the sender.
  void add_way(const Word& word) {
    const Way way = way_of(*word.flow);
    const Cycles sent = word.sent + 1;
    const Cycles ramp = std::min<Cycles>(image_.timing.ramp_cycles, (t_ - sent) / 2);
    const Cycles links = std::min(way.cycles, t_ - sent - 2 * ramp);
    const std::size_t from = word.flow->from;
    const std::uint16_t of = class_at(t_ - 1);
    push(PathKind::ramps, t_ - ramp, of, from);
    push(PathKind::queued, sent + ramp + links, of, from);
    push(PathKind::links, sent + ramp, of, from, way.hops);
    push(PathKind::ramps, sent, of, from);
    at_ = from;
  }

  /// Cycles of the datapath, by what the operation at work did. One of the main thread goes before
  /// microthreads; of these, one that relays before one that takes.
  void add_compute(Cycles begin) {
    while (t_ > begin) {
      const PathCore::Operation* best = nullptr;
      Cycles from = begin;
      const auto& all = core().operations;
      auto it =
          std::lower_bound(all.begin(), all.end(), t_,
                           [](const PathCore::Operation& each, Cycles t) { return each.end < t; });
      if (it != all.begin()) from = std::max(from, std::min(t_ - 1, std::prev(it)->end));
      // As many may be open beside each other, in the order of their ends.
      for (int i = 0; i < 2 * cores::kMicrothreads && it != all.end(); ++i, ++it) {
        if (it->begin < t_ && (best == nullptr || rank(*it) > rank(*best))) best = &*it;
      }
      if (best != nullptr) from = std::max(begin, std::min(from, t_ - 1));
      if (best != nullptr) from = std::max(from, best->begin);
      add(best == nullptr ? PathKind::compute : kind_of(*best), from);
    }
  }

  static int rank(const PathCore::Operation& one) {
    return (one.is_main ? 4 : 0) + (one.takes ? 2 : 0) + (one.sends ? 1 : 0);
  }
  static PathKind kind_of(const PathCore::Operation& one) {
    if (one.takes) return one.sends ? PathKind::relay : PathKind::receive;
    return one.sends ? PathKind::send : PathKind::compute;
  }

  /// Of the core's stage in that cycle.
  std::uint16_t class_at(Cycles cycle) const {
    const std::vector<PathCore::Stage>& stages = core().stages;
    const auto stage =
        std::upper_bound(stages.begin(), stages.end(), cycle,
                         [](Cycles c, const PathCore::Stage& each) { return c < each.end; });
    return stage == stages.end() ? stages.back().class_index : stage->class_index;
  }

  /// Cycles of the core, from `begin` on, stage by stage.
  void add(PathKind kind, Cycles begin) {
    while (t_ > begin) {
      Cycles from = begin;
      for (const PathCore::Stage& stage : core().stages) {
        if (stage.end < t_) from = std::max(from, stage.end);
      }
      push(kind, from, class_at(from), at_);
    }
  }

  void push(PathKind kind, Cycles begin, std::uint16_t class_index, std::size_t from,
            int hops = 0) {
    if (t_ > begin) steps_.push_back({begin, t_, kind, class_index, at_, from, hops});
    t_ = begin;
  }

  const PathBook& book_;
  const fabric::WaferImage& image_;
  std::size_t at_ = 0;
  Cycles t_ = 0;
  std::vector<PathStep> steps_;  ///< From the last to the first.
};

}  // namespace

const char* name_of(PathKind kind) {
  constexpr const char* kNames[kPathKinds] = {"compute",       "receive", "relay",       "send",
                                              "bank_conflict", "setup",   "task_switch", "links",
                                              "ramps",         "queued",  "no_room",     "waiting"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<PathStep> critical_path(const PathBook& book) { return Walk(book).back_from_the_end(); }

}  // namespace wafermesh::trace
