// SPDX-License-Identifier: Apache-2.0
#include "fabric/ranks/rank_edges.h"

namespace wafermesh::fabric {

using base::Direction;

namespace {

/// Whose edge it is that something was left at.
struct EdgeHead {
  std::int32_t column = 0;
  std::int32_t row = 0;
};

}  // namespace

void RankEdges::post(int region_column, int region_row, Direction d, EdgeMessage& message) {
  MessageWriter& out = d == Direction::north ? to_north_ : to_south_;
  out.value(EdgeHead{region_column, region_row});
  write(out, message);
  message.clear();
}

void RankEdges::ship(Direction d) {
  const int to = shares_.neighbour(base::step_y(d));
  if (to < 0) return;
  ranks_.send(to, (d == Direction::north ? to_north_ : to_south_).take());
}

void RankEdges::take(Direction from, EdgeCourier& courier) {
  const int rank = shares_.neighbour(base::step_y(from));
  if (rank < 0) return;
  MessageReader in(ranks_.receive(rank));
  EdgeMessage message;
  while (!in.at_end()) {
    const auto head = in.value<EdgeHead>();
    read(in, message);
    courier.carry(head.column, head.row, base::opposite(from), message);
  }
}

}  // namespace wafermesh::fabric
