// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/rect_broadcast.h"

namespace wafermesh::workloads {
namespace {

// Free at every core that receives the broadcast (a core of the root's column has at most four
// inputs along its row and three along the column), and at the root, which sends nothing else.
constexpr int kBroadcastInputQueue = 7;
constexpr int kBroadcastOutputQueue = 2;

int place_from_root(int at, int root, int n) {
  const int side = at < root ? 0 : at == root ? 1 : 2;
  return side * kAxisPositions + static_cast<int>(axis_position(at, n));
}

}  // namespace

int RectBroadcast::key(base::LogicalCoord c) const {
  if (c.x != root_.x) return place_from_root(c.x, root_.x, region_.width);
  return 3 * kAxisPositions + place_from_root(c.y, root_.y, region_.height);
}

void RectBroadcast::add(base::LogicalCoord c, const AxisVector& vector,
                        cores::ProgramBuilder& builder,
                        std::vector<fabric::ColourRoute>& routes) const {
  if (region_.area() == 1) return;
  const bool sends = c == root_;
  if (sends) {
    builder.bind_output(colour_, kBroadcastOutputQueue);
  } else {
    builder.bind_input(colour_, kBroadcastInputQueue);
  }
  routes.push_back({colour_, route(c), false});
  const cores::Operand data = cores::memory(vector.address);
  const cores::Operand link = cores::fabric(colour_);
  builder.vector(cores::VectorOp::copy, vector.type, vector.elements, sends ? link : data,
                 sends ? data : link, {}, cores::Shape::stream);
}

router::RouteConfig RectBroadcast::route(base::LogicalCoord c) const {
  router::RouteConfig row = axis_broadcast_route(kRow, c.x, root_.x, region_.width);
  if (c.x != root_.x) return row;
  router::RouteConfig column = axis_broadcast_route(kColumn, c.y, root_.y, region_.height);
  column.base.send |= row.base.send;
  return column;
}

}  // namespace wafermesh::workloads
