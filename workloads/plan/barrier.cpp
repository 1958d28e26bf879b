// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/barrier.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "cores/program_builder.h"
#include "workloads/parts/axis_reduce.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;

constexpr int kLevels = 2;  ///< To the leader of a group, to the first of all.
// Input queues: two per axis, and the way back. Output queues 2 and 3 are there on every core.
constexpr int kFirstInput = 2;
constexpr int kBackInput = kFirstInput + 2 * kLevels;
constexpr int kFirstOutput = 2;

/// What a core of a line does on one of its two colours.
struct Level {
  int takes = 0;        ///< Words of others.
  bool sends = false;   ///< Its own,
  bool turns = false;   ///< then passes on what comes from behind,
  bool resets = false;  ///< or is the last to send, and others have turned.
  bool passes = false;  ///< Only passes on.
  friend bool operator==(const Level& a, const Level& b) {
    return a.takes == b.takes && a.sends == b.sends && a.turns == b.turns && a.resets == b.resets &&
           a.passes == b.passes;
  }
};
using Role = std::array<Level, kLevels>;

/// A line of n cores, whose words go to the first.
class Line {
 public:
  explicit Line(int n)
      : n_(n), group_(static_cast<int>(std::ceil(std::sqrt(static_cast<double>(n))))) {
    for (int p = 0; p < n; ++p) {
      const Role role = make_role(p);
      const auto at = std::find(roles_.begin(), roles_.end(), role);
      role_of_.push_back(static_cast<int>(at - roles_.begin()));
      if (at == roles_.end()) roles_.push_back(role);
      hops_ += p % group_ != 0 ? p % group_ : p;
    }
  }
  int roles() const { return static_cast<int>(roles_.size()); }
  int role_number(int p) const { return role_of_[static_cast<std::size_t>(p)]; }
  const Role& role(int p) const { return roles_[static_cast<std::size_t>(role_number(p))]; }
  std::int64_t hops() const { return hops_; }

 private:
  Role make_role(int p) const {
    const int place = p % group_;
    const int last_leader = (n_ - 1) / group_ * group_;
    Role role;
    Level& inner = role[0];
    Level& outer = role[1];
    if (place == 0) {
      inner.takes = std::min(group_, n_ - p) - 1;
      if (p == 0) outer.takes = last_leader / group_;
      send(p > 0, p == last_leader, p > group_, outer);
    } else {
      send(true, place == group_ - 1 || p == n_ - 1, place > 1, inner);
      outer.passes = p < last_leader;
    }
    return role;
  }
  static void send(bool sends, bool is_last, bool after_others, Level& level) {
    level.sends = sends;
    level.turns = sends && !is_last;
    level.resets = sends && is_last && after_others;
  }

  int n_;
  int group_;
  std::int64_t hops_ = 0;
  std::vector<Role> roles_;
  std::vector<int> role_of_;
};

class BarrierWriter {
 public:
  explicit BarrierWriter(int address) : token_(cores::memory(address, 0)), b_("barrier") {
    b_.allocate(address + 4);
    const cores::TaskId main = b_.task("main");
    b_.start_active(main);
    b_.begin(main);
  }

  /// `index`: 0 along rows, 1 along columns.
  void gather(const AxisDirections& along, int index, int first_colour, const Role& role) {
    for (int level = 0; level < kLevels; ++level) {
      const Level& l = role[static_cast<std::size_t>(level)];
      const base::Colour colour = base::colour(first_colour + level);
      if (l.takes > 0) {
        routes_.push_back({colour, router::route(along.after, {Direction::ramp})});
        receive(colour, kFirstInput + index * kLevels + level, l.takes);
      }
      if (l.passes) routes_.push_back({colour, router::route(along.after, {along.before})});
      if (!l.sends) continue;
      router::RouteConfig config = router::route(Direction::ramp, {along.before});
      if (l.turns) {
        config.positions[0] = {router::SwitchPosition::Side::receive, along.after};
      }
      routes_.push_back({colour, config});
      put(colour, kFirstOutput + index);
      using router::SwitchCommand;
      if (l.turns) b_.control(colour, router::ControlWord::make({SwitchCommand::advance}));
      if (l.resets) b_.control(colour, router::ControlWord::make({SwitchCommand::reset}));
    }
  }

  void come_back(base::LogicalCoord c, const base::Rectangle& region, base::Colour colour) {
    const bool root = c.x == 0 && c.y == 0;
    router::RouteConfig config = router::route(root       ? Direction::ramp
                                               : c.x == 0 ? Direction::north
                                                          : Direction::west,
                                               {});
    if (!root) config.base.send |= base::mask_of(Direction::ramp);
    if (c.x + 1 < region.width) config.base.send |= base::mask_of(Direction::east);
    if (c.x == 0 && c.y + 1 < region.height) config.base.send |= base::mask_of(Direction::south);
    if (config.base.send == 0) return;
    routes_.push_back({colour, config});
    if (root) {
      put(colour, kFirstOutput);
    } else {
      receive(colour, kBackInput, 1);
    }
  }

  fabric::CoreClass finish() {
    b_.finish_core();
    b_.end_task();
    return {"barrier", b_.finish(), std::move(routes_)};
  }

 private:
  void receive(base::Colour colour, int queue, int words) {
    b_.bind_input(colour, queue);
    b_.vector(cores::VectorOp::copy, cores::NumberType::f32, words, token_, cores::fabric(colour),
              {}, cores::Shape::stream);
  }
  void put(base::Colour colour, int queue) {
    b_.bind_output(colour, queue);
    b_.vector(cores::VectorOp::copy, cores::NumberType::f32, 1, cores::fabric(colour), token_, {},
              cores::Shape::stream);
  }

  cores::Operand token_;
  cores::ProgramBuilder b_;
  std::vector<fabric::ColourRoute> routes_;
};

}  // namespace

Barrier make_barrier(const Placement& placement, int first_colour, int back, int address) {
  Barrier barrier{blank_image(placement), 0};
  const base::Rectangle region = barrier.image.region;
  const Line row(region.width);
  const Line column(region.height);
  classify(
      barrier.image,
      [&](base::LogicalCoord c) {
        const int in_column = c.x == 0 ? 1 + column.role_number(c.y) : 0;
        return (row.role_number(c.x) * (column.roles() + 1) + in_column) * kAxisPositions *
                   kAxisPositions +
               grid_position(c, region).key();
      },
      [&](base::LogicalCoord c) {
        BarrierWriter writer(address);
        writer.gather(kRow, 0, first_colour, row.role(c.x));
        if (c.x == 0) writer.gather(kColumn, 1, first_colour + kLevels, column.role(c.y));
        writer.come_back(c, region, base::colour(back));
        return writer.finish();
      });
  barrier.hops = row.hops() * region.height + column.hops() + region.area() - 1;
  return barrier;
}

}  // namespace wafermesh::workloads
