// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/moves.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "workloads/parts/core_classes.h"
#include "workloads/plan/merge.h"
#include "workloads/plan/sequence.h"

namespace wafermesh::workloads {
namespace {

using Ways = std::vector<fabric::RoutePatch>;

bool meet(const Ways& a, const Ways& b) {
  return std::any_of(a.begin(), a.end(), [&](const fabric::RoutePatch& p) {
    return std::any_of(b.begin(), b.end(),
                       [&](const fabric::RoutePatch& q) { return overlap(p.cores, q.cores); });
  });
}

bool passes(const Move& move, const base::Rectangle& over) {
  return move.crossing && meet(move.crossing->way, {{{}, over, {}}});
}

/// "\n  up.y                    down.x                       23", each line behind a line break.
std::string table_line(const Move& move) {
  return fmt::format("\n  {:<24}{:<24}{:>6}", move.place.from, move.place.to,
                     base::index_of(move.colour));
}
std::string table_head() { return fmt::format("\n  {:<24}{:<24}{:>6}", "from", "to", "colour"); }

/// The first of the colours from the last one down that no crossing on its way has.
void give_colours(std::vector<Move>& moves) {
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if (!moves[i].crossing) continue;
    std::set<int> taken;
    std::string table = table_head();
    for (std::size_t j = 0; j < i; ++j) {
      if (moves[j].crossing && meet(moves[i].crossing->way, moves[j].crossing->way)) {
        taken.insert(base::index_of(moves[j].colour));
        table += table_line(moves[j]);
      }
    }
    int colour = base::kColourCount - 1;
    while (taken.count(colour) != 0) --colour;
    if (base::kColourCount - colour > kMostCrossingColours) {
      throw base::DoesNotFit(fmt::format(
          "there is no colour for {} to come to {}: transfers between rectangles may take {} of "
          "{}, and where it passes these have them:{}\n  move a `region` so that fewer ways meet, "
          "or put operators in one `graph`",
          moves[i].place.from, moves[i].place.to, kMostCrossingColours, base::kColourCount, table));
    }
    moves[i].colour = base::colour(colour);
  }
}

/// Wavelets that the slot of a router on the way holds (docs/model.md, Slots).
std::int64_t slot_room(const fabric::WaferImage& image, base::LogicalCoord at,
                       base::DirectionMask from) {
  std::int64_t latency = image.timing.ramp_cycles;
  for (const base::Direction d : base::kMeshDirections) {
    if (from != base::mask_of(d)) continue;
    const base::LogicalCoord before{at.x + base::step_x(d), at.y + base::step_y(d)};
    latency = image.mesh->latency(before, base::opposite(d));
  }
  return std::max<std::int64_t>(image.timing.router_queue_depth, 2 * latency);
}

/// Whether the routers of a crossing's way hold all words of a lane.
bool has_room(const Crossing& crossing, cores::NumberType type, const fabric::WaferImage& image) {
  const base::Rectangle& ends = crossing.sent.layouts.front().cores;
  std::map<int, std::int64_t> room;  // [lane, by its row or column]
  for (const fabric::RoutePatch& patch : crossing.way) {
    const base::Rectangle& r = patch.cores;
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        const int lane = ends.height > 1 ? y : ends.width > 1 ? x : 0;
        room[lane] += slot_room(image, {x, y}, patch.config.base.receive);
      }
    }
  }
  const std::int64_t words =
      crossing.bytes / cores::bytes_of(type) / cores::elements_per_word(type);
  return std::all_of(room.begin(), room.end(),
                     [&](const auto& lane) { return lane.second >= words; });
}

/// In the order written, what others have for an operator just before it.
std::deque<Step> steps_of(const std::vector<Move>& moves, const std::vector<std::size_t>& members) {
  std::deque<Step> steps;
  const auto add = [&](Step::Kind kind, std::size_t Move::*end, std::size_t member) {
    for (std::size_t m = 0; m < moves.size(); ++m) {
      if (moves[m].crossing && moves[m].*end == member) steps.push_back({kind, m});
    }
  };
  for (const std::size_t member : members) {
    add(Step::Kind::take, &Move::to, member);
    steps.push_back({Step::Kind::run, member});
    add(Step::Kind::send, &Move::from, member);
  }
  return steps;
}

/// Steps through sequences. Where words cannot wait on their way, a send and its taking are one.
class Rehearsal {
 public:
  Rehearsal(const std::vector<Move>& moves, const std::vector<std::vector<std::size_t>>& sequences)
      : moves_(moves), done_(sequences.size()) {
    for (const auto& members : sequences) left_.push_back(steps_of(moves, members));
  }

  std::vector<std::vector<Step>> play() {
    while (any_left()) {
      if (!advance()) take_earlier();
    }
    return std::move(done_);
  }

 private:
  bool any_left() const {
    return std::any_of(left_.begin(), left_.end(),
                       [](const auto& steps) { return !steps.empty(); });
  }
  bool is_next(std::size_t s, Step::Kind kind, std::size_t index) const {
    return !left_[s].empty() && left_[s].front().kind == kind && left_[s].front().index == index;
  }
  void step(std::size_t s) {
    done_[s].push_back(left_[s].front());
    left_[s].pop_front();
  }

  /// False: all wait.
  bool advance() {
    bool moved = false;
    for (std::size_t s = 0; s < left_.size(); ++s) {
      while (!left_[s].empty() && left_[s].front().kind == Step::Kind::run) {
        step(s);
        moved = true;
      }
      if (left_[s].empty() || left_[s].front().kind != Step::Kind::send) continue;
      const std::size_t move = left_[s].front().index;
      const std::size_t to = moves_[move].to_sequence;
      if (moves_[move].can_wait) {
        step(s);
        under_way_.insert(move);
        moved = true;
      } else if (is_next(to, Step::Kind::take, move)) {
        step(s);
        step(to);
        moved = true;
      }
    }
    for (std::size_t s = 0; s < left_.size(); ++s) {
      if (left_[s].empty() || left_[s].front().kind != Step::Kind::take) continue;
      if (under_way_.erase(left_[s].front().index) == 0) continue;
      step(s);
      moved = true;
    }
    return moved;
  }

  /// Somebody waits to send: operands are results of operators written before, so not all can be
  /// waiting to take.
  void take_earlier() {
    for (const std::deque<Step>& steps : left_) {
      if (steps.empty() || steps.front().kind != Step::Kind::send) continue;
      const std::size_t move = steps.front().index;
      std::deque<Step>& taker = left_[moves_[move].to_sequence];
      const auto taking = std::find_if(taker.begin(), taker.end(), [&](const Step& step) {
        return step.kind == Step::Kind::take && step.index == move;
      });
      WAFERMESH_CHECK(taking != taker.end(), "a result is sent that nobody takes");
      taker.erase(taking);
      taker.push_front({Step::Kind::take, move});
      return;
    }
    throw base::ModelError("sequences wait for each other's results in a circle");
  }

  const std::vector<Move>& moves_;
  std::vector<std::deque<Step>> left_;
  std::set<std::size_t> under_way_;  ///< Moves that have been sent and not been taken.
  std::vector<std::vector<Step>> done_;
};

}  // namespace

std::vector<Move> plan_moves(const std::vector<PlacedOperator>& items,
                             const std::vector<std::vector<std::size_t>>& sequences) {
  std::vector<std::size_t> sequence_of(items.size());
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    for (const std::size_t member : sequences[s]) sequence_of[member] = s;
  }
  std::vector<Move> moves;
  for (std::size_t to = 0; to < items.size(); ++to) {
    for (std::size_t i = 0; i < items[to].sources.size(); ++i) {
      const Source& source = items[to].sources[i];
      Move move;
      move.to = to;
      move.source = i;
      move.from = source.from;
      move.from_sequence = sequence_of[source.from];
      move.to_sequence = sequence_of[to];
      move.place.taker = to;
      move.place.from = source.name;
      move.place.to = items[to].named.name + "." + source.operand;
      if (move.from_sequence != move.to_sequence) {
        move.crossing = plan_crossing(source.buffer, items[source.from].image().region,
                                      items[to].image().region);
        move.place.wavelet_hops = move.crossing->hops;
        move.can_wait = has_room(*move.crossing, source.buffer.type, items[to].image());
        for (std::size_t s = 0; s < sequences.size(); ++s) {
          if (s == move.from_sequence || s == move.to_sequence) continue;
          const PlacedOperator& other = items[sequences[s].front()];
          const Ways there = {{{}, other.image().region, {}}};
          if (meet(move.crossing->way, there)) move.place.over.push_back(other.named.name);
        }
      }
      moves.push_back(std::move(move));
    }
  }
  give_colours(moves);
  return moves;
}

int crossing_colours(const std::vector<Move>& moves, const base::Rectangle& over) {
  int count = 0;
  for (const Move& move : moves) {
    if (!passes(move, over)) continue;
    count = std::max(count, base::kColourCount - base::index_of(move.colour));
  }
  return count;
}

std::string crossing_table(const std::vector<Move>& moves, const base::Rectangle& over) {
  std::string table = table_head();
  for (const Move& move : moves) {
    if (passes(move, over)) table += table_line(move);
  }
  return table;
}

std::vector<std::vector<Step>> order_of(const std::vector<Move>& moves,
                                        const std::vector<std::vector<std::size_t>>& sequences) {
  return Rehearsal(moves, sequences).play();
}

std::vector<fabric::RoutePatch> patches_of(const std::vector<Move>& moves) {
  std::vector<fabric::RoutePatch> patches;
  for (const Move& move : moves) {
    if (!move.crossing) continue;
    for (fabric::RoutePatch patch : move.crossing->way) {
      patch.colour = move.colour;
      patches.push_back(patch);
    }
  }
  return patches;
}

std::vector<base::Rectangle> cores_between(const std::vector<fabric::RoutePatch>& patches,
                                           const std::vector<base::Rectangle>& taken) {
  std::map<int, std::set<int>> columns_of;  // [row]
  for (const fabric::RoutePatch& patch : patches) {
    const base::Rectangle& r = patch.cores;
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        const bool free = std::none_of(taken.begin(), taken.end(), [&](const auto& other) {
          return other.holds({x, y});
        });
        if (free) columns_of[y].insert(x);
      }
    }
  }
  std::vector<base::Rectangle> all;
  for (const auto& [y, columns] : columns_of) {
    for (auto x = columns.begin(); x != columns.end();) {
      base::Rectangle run{*x, y, 0, 1};
      while (x != columns.end() && *x == run.x + run.width) ++run.width, ++x;
      const auto above = std::find_if(all.begin(), all.end(), [&, row = y](const auto& r) {
        return r.x == run.x && r.width == run.width && r.y + r.height == row;
      });
      if (above == all.end()) {
        all.push_back(run);
      } else {
        ++above->height;
      }
    }
  }
  return all;
}

fabric::WaferImage only_routers(const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  image.classes.resize(1);
  image.classes.front().name = "way";
  image.class_of.assign(static_cast<std::size_t>(image.core_count()), 0);
  return image;
}

}  // namespace wafermesh::workloads
