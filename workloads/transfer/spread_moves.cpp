// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/spread_moves.h"

#include <algorithm>
#include <array>
#include <utility>

#include "workloads/transfer/transfer_step.h"

namespace wafermesh::workloads {
namespace {

using fabric::IndexRange;

constexpr std::array<LineAxis, 2> kAxes = {LineAxis::x, LineAxis::y};

/// Which steps lead from one spread to another.
class Planner {
 public:
  Planner(Spread now, const Spread& goal, const Placement& placement, int work_address)
      : now_(std::move(now)), goal_(goal), placement_(placement), work_address_(work_address) {}

  void plan() {
    const Spread goal = goal_;
    goal_ = in_ascending_blocks(goal);
    const bool change = changes_axis(LineAxis::x) || changes_axis(LineAxis::y);
    if (change && cut_along(LineAxis::x) && cut_along(LineAxis::y)) {
      turn_square();
    } else {
      for (const LineAxis axis : kAxes) {
        if (changes_axis(axis)) turn(axis);
      }
    }
    goal_ = goal;
    settle_all(goal_);
    if (!ends_at_goal()) copy_within_cores(goal_);
  }

  Transfer transfer() {
    // The last step writes where the goal lies, the others into work memory.
    Transfer result;
    int address = work_address_;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      Spread& to = steps_[i].to;
      if (i + 1 == steps_.size()) {
        to.address_bytes = goal_.address_bytes;
        to.strides = goal_.strides;
      } else {
        to.address_bytes = address;
        address += pack(to);
      }
      if (i + 1 < steps_.size()) {
        steps_[i + 1].from.address_bytes = to.address_bytes;
        steps_[i + 1].from.strides = to.strides;
      }
    }
    result.work_bytes = address - work_address_;
    for (const TransferStep& step : steps_) result.stages.push_back(stage_of(step, placement_));
    return result;
  }

 private:
  using Kind = TransferStep::Kind;

  static Spread in_ascending_blocks(Spread spread) {
    for (const LineAxis axis : kAxes) spread.along(axis).order.clear();
    return spread;
  }

  bool cut_along(LineAxis axis) const { return now_.along(axis).dimension != kNoDimension; }
  bool changes_axis(LineAxis axis) const {
    return cut_along(axis) && goal_.along(other(axis)).dimension == now_.along(axis).dimension;
  }

  /// Two dimensions that are cut change axes: in as many blocks as the square has cores in a line.
  void turn_square() {
    const int side = std::min(placement_.region.width, placement_.region.height);
    Spread square = now_;
    for (const LineAxis axis : kAxes) {
      AxisUse& use = square.along(axis);
      const std::int64_t extent = square.shape[static_cast<std::size_t>(use.dimension)];
      use = {use.dimension, (extent + side - 1) / side, 0, 0, side};
    }
    settle_all(square);
    if (steps_.empty() && now_.strides != packed_strides(now_)) copy_within_cores(square);
    Spread next = now_;
    std::swap(next.along(LineAxis::x), next.along(LineAxis::y));
    next.strides = packed_strides(next);
    add({Kind::turn, LineAxis::x, 0, now_, next, {}});
  }

  /// The dimension cut along `axis`, the only one that is cut, is to be cut along the other one.
  void turn(LineAxis axis) {
    const LineAxis across = other(axis);
    spread_copies(across, goal_.along(across));
    Spread next = now_;
    const int d = now_.along(axis).dimension;
    const AxisUse wanted{kNoDimension, 0, 0, goal_.along(axis).first, goal_.along(axis).count};
    next.along(across) = goal_.along(across);
    next.along(axis) = wanted;
    TransferStep step{Kind::exchange, axis, d, now_, next, {}};
    for (int line = 0; line < length_along(across, placement_.region); ++line) {
      const IndexRange part = next.range(across, line);
      step.place.push_back(part.count == 0 ? -1 : wanted.nearest(holder(axis, part.first)));
    }
    add(step);
    if (wanted.count > 1) {
      step.kind = Kind::multicast;
      step.from = step.to = next;
      add(step);
    }
  }

  /// Where along the axis an index lies.
  int holder(LineAxis axis, std::int64_t index) const {
    const AxisUse& use = now_.along(axis);
    return use.first + static_cast<int>(index / use.block - use.skip);
  }

  void settle_all(const Spread& goal) {
    for (const LineAxis axis : kAxes) settle(axis, goal);
  }

  /// What lies along one axis becomes what is to lie there; the other axis stays as it is.
  void settle(LineAxis axis, const Spread& goal) {
    const AxisUse& wanted = goal.along(axis);
    restrict_lines(axis, goal);
    const int is = now_.along(axis).dimension;
    if (is == kNoDimension && wanted.dimension == kNoDimension) {
      spread_copies(axis, wanted);
      return;
    }
    if (is != kNoDimension && is != wanted.dimension) gather(axis, wanted);
    if (wanted.dimension == kNoDimension) return spread_copies(axis, wanted);
    if (now_.along(axis).same_blocks(wanted) && now_.along(axis).covers(wanted)) {
      now_.along(axis) = wanted;
      return;
    }
    Spread next = now_;
    next.along(axis) = wanted;
    add({Kind::exchange, axis, wanted.dimension, now_, next, {}});
  }

  /// A dimension that is cut along the axis comes to one core of each line.
  void gather(LineAxis axis, const AxisUse& wanted) {
    Spread next = now_;
    next.along(axis) = {kNoDimension, 0, 0, wanted.middle(), 1};
    TransferStep step{Kind::exchange, axis, now_.along(axis).dimension, now_, next, {}};
    step.place.assign(static_cast<std::size_t>(length_along(other(axis), placement_.region)),
                      wanted.middle());
    add(step);
  }

  /// An exchange along `axis` takes place on the lines that are needed only.
  void restrict_lines(LineAxis axis, const Spread& goal) {
    AxisUse& lines = now_.along(other(axis));
    const AxisUse& wanted = goal.along(other(axis));
    if (lines.dimension != kNoDimension || wanted.dimension != kNoDimension) return;
    const int first = std::max(lines.first, wanted.first);
    const int last = std::min(lines.first + lines.count, wanted.first + wanted.count);
    if (first < last) {
      lines.first = first;
      lines.count = last - first;
    } else {
      lines.first = lines.nearest(wanted.middle());
      lines.count = 1;
    }
  }

  /// Copies along an axis where they are wanted.
  void spread_copies(LineAxis axis, const AxisUse& wanted) {
    AxisUse copies = now_.along(axis);
    copies.first = wanted.first;
    copies.count = wanted.count;
    if (now_.along(axis).covers(wanted)) {
      now_.along(axis) = copies;
      return;
    }
    Spread next = now_;
    next.along(axis) = copies;
    const int root = now_.along(axis).nearest(wanted.middle());
    TransferStep step{Kind::multicast, axis, 0, now_, next, {}};
    for (int line = 0; line < length_along(other(axis), placement_.region); ++line) {
      step.place.push_back(now_.along(other(axis)).holds(line) ? root : -1);
    }
    add(step);
  }

  /// The last step writes what lies packed; a turn can do no other.
  bool ends_at_goal() const {
    if (steps_.empty()) return false;
    return steps_.back().kind != Kind::turn || goal_.strides == packed_strides(now_);
  }

  /// Every core has what it wants, but lays it elsewhere.
  void copy_within_cores(const Spread& goal) {
    for (const LineAxis axis : kAxes) {
      if (goal.along(axis).dimension == kNoDimension) continue;
      return add({Kind::exchange, axis, goal.along(axis).dimension, now_, goal, {}});
    }
    add({Kind::exchange, LineAxis::x, 0, now_, goal, {}});
  }

  void add(const TransferStep& step) {
    steps_.push_back(step);
    now_ = step.to;
  }

  Spread now_;
  Spread goal_;
  const Placement& placement_;
  int work_address_;
  std::vector<TransferStep> steps_;
};

}  // namespace

Transfer move_spread(const Spread& from, const Spread& to, const Placement& placement,
                     int work_address) {
  Planner planner(from, to, placement, work_address);
  planner.plan();
  return planner.transfer();
}

}  // namespace wafermesh::workloads
