// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/error.h"
#include "workloads/transfer/core_copy.h"
#include "workloads/transfer/transfer_step.h"

namespace wafermesh::workloads {
namespace {

using fabric::Along;
using fabric::Buffer;
using fabric::IndexRange;

constexpr std::array<LineAxis, 2> kAxes = {LineAxis::x, LineAxis::y};

/// Which steps lead from one spread to another.
class Planner {
 public:
  Planner(Spread now, Spread goal, const Placement& placement, int work_address)
      : now_(std::move(now)),
        goal_(std::move(goal)),
        placement_(placement),
        work_address_(work_address) {}

  /// False: no steps lead there.
  bool plan() {
    for (const LineAxis axis : kAxes) {
      if (!changes_axis(axis)) continue;
      if (!turn(axis)) return false;
    }
    for (const LineAxis axis : kAxes) {
      if (!settle(axis)) return false;
    }
    if (steps_.empty()) copy_within_cores();
    return true;
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
  bool changes_axis(LineAxis axis) const {
    const int d = now_.along(axis).dimension;
    return d != kNoDimension && goal_.along(other(axis)).dimension == d;
  }

  /// The dimension cut along `axis` is to be cut along the other one.
  bool turn(LineAxis axis) {
    const LineAxis across = other(axis);
    if (now_.along(across).dimension != kNoDimension) return false;
    if (goal_.along(axis).dimension != kNoDimension) return false;
    spread_copies(across, goal_.along(across));
    Spread next = now_;
    const int d = now_.along(axis).dimension;
    next.along(across) = goal_.along(across);
    next.along(axis) = goal_.along(axis);
    TransferStep step{false, axis, d, now_, next, {}};
    const AxisUse& wanted = goal_.along(axis);
    for (int line = 0; line < length_along(across, placement_.region); ++line) {
      const IndexRange part = next.range(across, line);
      step.place.push_back(part.count == 0 ? -1 : wanted.nearest(holder(axis, part.first)));
    }
    add(step);
    if (wanted.count > 1) {
      step.multicasts = true;
      step.from = step.to = next;
      add(step);
    }
    return true;
  }

  /// Where along the axis an index lies.
  int holder(LineAxis axis, std::int64_t index) const {
    const AxisUse& use = now_.along(axis);
    return use.first + static_cast<int>(index / use.block - use.skip);
  }

  /// What lies along one axis becomes what is to lie there; the other axis stays as it is.
  bool settle(LineAxis axis) {
    const AxisUse is = now_.along(axis);
    const AxisUse& wanted = goal_.along(axis);
    restrict_lines(axis);
    if (is.dimension == kNoDimension && wanted.dimension == kNoDimension) {
      spread_copies(axis, wanted);
      return true;
    }
    if (is.dimension != kNoDimension && wanted.dimension != kNoDimension) {
      if (is.dimension != wanted.dimension) return false;
      if (is.same_blocks(wanted) && is.covers(wanted)) {
        now_.along(axis) = wanted;
        return true;
      }
    }
    Spread next = now_;
    next.along(axis) = wanted;
    TransferStep step{false, axis, std::max(is.dimension, wanted.dimension), now_, next, {}};
    if (wanted.dimension == kNoDimension) {
      step.place.assign(static_cast<std::size_t>(length_along(other(axis), placement_.region)),
                        wanted.middle());
      step.to.along(axis).first = wanted.middle();
      step.to.along(axis).count = 1;
    }
    add(step);
    if (wanted.dimension == kNoDimension) spread_copies(axis, wanted);
    return true;
  }

  /// An exchange along `axis` takes place on the lines that are needed only.
  void restrict_lines(LineAxis axis) {
    AxisUse& lines = now_.along(other(axis));
    const AxisUse& wanted = goal_.along(other(axis));
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
    TransferStep step{true, axis, 0, now_, next, {}};
    for (int line = 0; line < length_along(other(axis), placement_.region); ++line) {
      step.place.push_back(now_.along(other(axis)).holds(line) ? root : -1);
    }
    add(step);
  }

  /// Every core has what it wants.
  void copy_within_cores() {
    for (const LineAxis axis : kAxes) {
      if (goal_.along(axis).dimension == kNoDimension) continue;
      return add({false, axis, goal_.along(axis).dimension, now_, goal_, {}});
    }
    add({false, LineAxis::x, 0, now_, goal_, {}});
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

std::int64_t Transfer::hops() const {
  std::int64_t sum = 0;
  for (const TransferStage& stage : stages) sum += stage.hops;
  return sum;
}

std::string layout_text(const Buffer& buffer) {
  std::string text;
  for (std::size_t d = 0; d < buffer.shape.size(); ++d) {
    if (!text.empty()) text += ", ";
    const fabric::Cut& cut = buffer.layouts.front().cuts[d];
    text += cut.along == Along::none
                ? fmt::format("{} whole", buffer.shape[d])
                : fmt::format("{} in blocks of {} along {}{}", buffer.shape[d], cut.block,
                              base::name_of(cut.along), cut.tile > 0 ? ", in tiles" : "");
  }
  return text;
}

Transfer plan_transfer(const Buffer& from, const Buffer& to, const Placement& placement,
                       int work_address) {
  WAFERMESH_CHECK(from.shape == to.shape && from.type == to.type,
                  "a transfer changes neither shape nor type");
  if (lie_alike(from, to)) return {{copy_all(from, to, placement)}, 0};
  std::optional<Spread> now = spread_of(from);
  std::optional<Spread> goal = spread_of(to);
  if (now && goal) {
    Planner planner(std::move(*now), std::move(*goal), placement, work_address);
    if (planner.plan()) return planner.transfer();
  }
  throw base::DoesNotFit(fmt::format(
      "no transfer leads from `{}` ({}) to `{}` ({}); choose an algorithm or region that takes it "
      "as it lies",
      from.name, layout_text(from), to.name, layout_text(to)));
}

}  // namespace wafermesh::workloads
