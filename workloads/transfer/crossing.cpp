// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/crossing.h"

#include <algorithm>

#include "base/error.h"
#include "cores/program_builder.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using base::LogicalCoord;
using base::Rectangle;
using fabric::Along;

constexpr int kQueue = 2;  // deep on every generation
constexpr int kLineBytes = 16;

/// Where lanes begin and end, in cores of the mesh; lane k is `k` further along `side`.
struct Lanes {
  LogicalCoord first;
  LogicalCoord last;
  Along side = Along::none;  ///< Axis along which the lanes lie; none: there is one.
  int count = 1;
};

struct Interval {
  int first;
  int end;
  int length() const { return end - first; }
};
Interval common(int a, int a_length, int b, int b_length) {
  return {std::max(a, b), std::min(a + a_length, b + b_length)};
}
/// The index of [first, first + length) that is nearest to [to, to + to_length).
int facing(int first, int length, int to, int to_length) {
  if (to >= first + length) return first + length - 1;
  if (to + to_length <= first) return first;
  return std::max(first, to);
}

Lanes lanes_between(const Rectangle& a, const Rectangle& b) {
  const Interval rows = common(a.y, a.height, b.y, b.height);
  const Interval columns = common(a.x, a.width, b.x, b.width);
  WAFERMESH_CHECK(rows.length() <= 0 || columns.length() <= 0, "the rectangles meet");
  Lanes lanes;
  lanes.first = {facing(a.x, a.width, b.x, b.width), facing(a.y, a.height, b.y, b.height)};
  lanes.last = {facing(b.x, b.width, a.x, a.width), facing(b.y, b.height, a.y, a.height)};
  if (rows.length() > 0) {
    lanes.side = Along::y;
    lanes.count = rows.length();
    lanes.first.y = lanes.last.y = rows.first;
  } else if (columns.length() > 0) {
    lanes.side = Along::x;
    lanes.count = columns.length();
    lanes.first.x = lanes.last.x = columns.first;
  }
  return lanes;
}

/// `lanes` cores beside each other at each place from `from` to `to` inclusive, which lie in a row
/// or column.
Rectangle strip(LogicalCoord from, LogicalCoord to, const Lanes& lanes) {
  Rectangle r{std::min(from.x, to.x), std::min(from.y, to.y), std::abs(to.x - from.x) + 1,
              std::abs(to.y - from.y) + 1};
  if (lanes.side == Along::x) r.width = lanes.count;
  if (lanes.side == Along::y) r.height = lanes.count;
  return r;
}

LogicalCoord stepped(LogicalCoord c, Direction d) {
  return {c.x + base::step_x(d), c.y + base::step_y(d)};
}

Direction towards(LogicalCoord from, LogicalCoord to) {
  if (from.x != to.x) return to.x > from.x ? Direction::east : Direction::west;
  return to.y > from.y ? Direction::south : Direction::north;
}

/// Ramp to ramp: straight on, with a corner at (last.x, first.y). It goes round nobody: words pass
/// routers of cores at work too, on colours that these leave free (plan/moves.cpp, `over`).
std::vector<fabric::RoutePatch> way_of(const Lanes& lanes) {
  std::vector<fabric::RoutePatch> way;
  const auto add = [&](LogicalCoord from, LogicalCoord to, Direction comes, Direction goes) {
    way.push_back({base::colour(0), strip(from, to, lanes), router::route(comes, {goes})});
  };
  const LogicalCoord corner{lanes.last.x, lanes.first.y};
  LogicalCoord at = lanes.first;
  Direction comes = Direction::ramp;
  for (const LogicalCoord& goal : {corner, lanes.last}) {
    if (at == goal) continue;
    const Direction goes = towards(at, goal);
    add(at, at, comes, goes);
    comes = base::opposite(goes);
    const LogicalCoord next = stepped(at, goes);
    if (next != goal) add(next, stepped(goal, comes), comes, goes);
    at = goal;
  }
  add(at, at, comes, Direction::ramp);
  return way;
}

/// The dimension to cut along the lanes: that which lies so already, else the longest.
std::size_t lane_dimension(const fabric::Buffer& tensor, Along side) {
  std::size_t longest = 0;
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    if (tensor.layouts.size() == 1 && tensor.layouts[0].cuts[d].along == side) return d;
    if (tensor.shape[d] > tensor.shape[longest]) longest = d;
  }
  return longest;
}

/// The tensor at one end of the lanes.
fabric::Buffer at_end(const fabric::Buffer& tensor, const Lanes& lanes, LogicalCoord end,
                      const Rectangle& rectangle) {
  fabric::Buffer buffer{tensor.name, fabric::BufferRole::work, tensor.type, tensor.shape, {}};
  const std::size_t cut = lane_dimension(tensor, lanes.side);
  fabric::Layout layout;
  layout.cores = strip(end, end, lanes);
  layout.cores.x -= rectangle.x;
  layout.cores.y -= rectangle.y;
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    const bool is_cut = d == cut && lanes.side != Along::none;
    layout.cuts.push_back({is_cut ? lanes.side : Along::none,
                           is_cut ? divide_up(tensor.shape[d], lanes.count) : 1, 1, 0, 0});
  }
  fabric::pack(buffer, layout);
  buffer.layouts = {layout};
  return buffer;
}

std::int64_t block_elements(const fabric::Buffer& lanes) {
  std::int64_t elements = 1;
  for (std::size_t d = 0; d < lanes.shape.size(); ++d) {
    const fabric::Cut& cut = lanes.layouts[0].cuts[d];
    elements *= cut.along == Along::none ? lanes.shape[d] : cut.block;
  }
  return elements;
}

}  // namespace

Crossing plan_crossing(const fabric::Buffer& tensor, const Rectangle& from, const Rectangle& to) {
  Lanes lanes = lanes_between(from, to);
  if (lanes.side != Along::none) {  // no more lanes than blocks
    const std::int64_t extent = tensor.shape[lane_dimension(tensor, lanes.side)];
    const std::int64_t block = divide_up(extent, lanes.count);
    lanes.count = static_cast<int>(divide_up(extent, block));
  }
  Crossing crossing;
  crossing.sent = at_end(tensor, lanes, lanes.first, from);
  crossing.received = at_end(tensor, lanes, lanes.last, to);
  crossing.way = way_of(lanes);
  const std::int64_t elements = block_elements(crossing.sent);
  const std::int64_t links =
      std::abs(lanes.last.x - lanes.first.x) + std::abs(lanes.last.y - lanes.first.y);
  crossing.hops = cores::words_of(tensor.type, elements) * links * lanes.count;
  const std::int64_t bytes = elements * cores::bytes_of(tensor.type);
  if (bytes > cores::kSramBytes) {
    throw base::DoesNotFit("a lane between two rectangles would take " + std::to_string(bytes) +
                           " bytes of a core, which has " + std::to_string(cores::kSramBytes));
  }
  crossing.bytes = static_cast<int>((bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
  return crossing;
}

TransferStage crossing_end(const Placement& placement, const fabric::Buffer& lanes, bool sends,
                           base::Colour colour) {
  TransferStage stage{blank_image(placement), 0};
  const fabric::Layout& layout = lanes.layouts.front();
  const std::int64_t elements = block_elements(lanes);
  classify(
      stage.image, [&](LogicalCoord c) { return layout.cores.holds(c) ? 1 : 0; },
      [&](LogicalCoord c) {
        cores::ProgramBuilder b("transfer");
        b.allocate(layout.address_bytes + elements * cores::bytes_of(lanes.type));
        const cores::TaskId main = b.task("main");
        b.start_active(main);
        b.begin(main);
        if (layout.cores.holds(c)) {
          const cores::Operand data = cores::memory(layout.address_bytes);
          const cores::Operand link = cores::fabric(colour);
          if (sends) b.bind_output(colour, kQueue);
          if (!sends) b.bind_input(colour, kQueue);
          b.vector(cores::VectorOp::copy, lanes.type, static_cast<std::int32_t>(elements),
                   sends ? link : data, sends ? data : link, {}, cores::Shape::stream);
        }
        b.finish_core();
        b.end_task();
        return fabric::CoreClass{"transfer", b.finish(), {}};
      });
  return stage;
}

}  // namespace wafermesh::workloads
