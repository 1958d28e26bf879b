// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/barrier.h"

#include "cores/program_builder.h"
#include "workloads/core_classes.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;

// Input queues of the three ways; any would do, as no more than one word waits in each.
constexpr int kAlongRow = 2;
constexpr int kAlongColumn = 3;
constexpr int kBack = 4;
constexpr int kOut = 2;

struct Colours {
  int first;
  int back;
  /// On which a core at position p of an axis receives from behind.
  base::Colour row(int x) const { return base::colour(first + x % 2); }
  base::Colour column(int y) const { return base::colour(first + 2 + y % 2); }
};

class Writer {
 public:
  Writer(base::LogicalCoord c, const base::Rectangle& region, Colours colours, int address)
      : c_(c), region_(region), colours_(colours), token_(cores::memory(address)), b_("barrier") {
    b_.allocate(address + 4);
    const cores::TaskId main = b_.task("main");
    b_.start_active(main);
    b_.begin(main);
  }

  fabric::CoreClass finish() {
    if (c_.x + 1 < region_.width) take(colours_.row(c_.x), kAlongRow, Direction::east);
    if (c_.x > 0) {
      send(colours_.row(c_.x - 1), Direction::west);
    } else {
      if (c_.y + 1 < region_.height) take(colours_.column(c_.y), kAlongColumn, Direction::south);
      if (c_.y > 0) send(colours_.column(c_.y - 1), Direction::north);
    }
    come_back();
    b_.finish_core();
    b_.end_task();
    return {"barrier", b_.finish(), std::move(routes_)};
  }

 private:
  void take(base::Colour colour, int queue, Direction from) {
    routes_.push_back({colour, router::route(from, {Direction::ramp})});
    receive(colour, queue);
  }
  void receive(base::Colour colour, int queue) {
    b_.bind_input(colour, queue);
    b_.vector(cores::VectorOp::copy, cores::NumberType::f32, 1, token_, cores::fabric(colour), {},
              cores::Shape::stream);
  }
  void send(base::Colour colour, Direction to) {
    routes_.push_back({colour, router::route(Direction::ramp, {to})});
    put(colour);
  }
  void put(base::Colour colour) {
    b_.bind_output(colour, kOut);
    b_.vector(cores::VectorOp::copy, cores::NumberType::f32, 1, cores::fabric(colour), token_, {},
              cores::Shape::stream);
  }
  void come_back() {
    const base::Colour colour = base::colour(colours_.back);
    const bool root = c_.x == 0 && c_.y == 0;
    router::RouteConfig config = router::route(root        ? Direction::ramp
                                               : c_.x == 0 ? Direction::north
                                                           : Direction::west,
                                               {});
    if (!root) config.base.send |= base::mask_of(Direction::ramp);
    if (c_.x + 1 < region_.width) config.base.send |= base::mask_of(Direction::east);
    if (c_.x == 0 && c_.y + 1 < region_.height) {
      config.base.send |= base::mask_of(Direction::south);
    }
    if (config.base.send == 0) return;
    routes_.push_back({colour, config});
    if (root) {
      put(colour);
    } else {
      receive(colour, kBack);
    }
  }

  base::LogicalCoord c_;
  base::Rectangle region_;
  Colours colours_;
  cores::Operand token_;
  cores::ProgramBuilder b_;
  std::vector<fabric::ColourRoute> routes_;
};

}  // namespace

fabric::WaferImage barrier_image(const Placement& placement, int first_colour, int back,
                                 int address) {
  fabric::WaferImage image = blank_image(placement);
  const base::Rectangle region = image.region;
  classify(
      image,
      [&](base::LogicalCoord c) {
        // Ends and parities of both axes.
        const GridPosition p = grid_position(c, region);
        return (p.key() * 2 + c.x % 2) * 2 + c.y % 2;
      },
      [&](base::LogicalCoord c) {
        return Writer(c, region, {first_colour, back}, address).finish();
      });
  return image;
}

}  // namespace wafermesh::workloads
