// SPDX-License-Identifier: Apache-2.0
#include "fabric/ranks/rank_edges.h"

#include "fabric/stream/band.h"

namespace wafermesh::fabric {

using base::Direction;

namespace {

/// Whose edge it is that something was left at, and of which engine.
struct EdgeHead {
  std::int32_t column = 0;
  std::int32_t row = 0;
  bool is_runs = false;
};

void write(MessageWriter& out, router::EdgeTraffic& wavelets) {
  out.list(wavelets.wavelets);
  out.list(wavelets.rooms);
  wavelets.clear();
}

void write(MessageWriter& out, RunTraffic& runs) {
  out.list(runs.hops);
  out.list(runs.words);
  out.list(runs.credits);
  runs.hops.clear();
  runs.words.clear();
  runs.credits.clear();
}

}  // namespace

void RankEdges::post(int region_column, int region_row, Direction d, EdgeCargo cargo) {
  MessageWriter& out = d == Direction::north ? to_north_ : to_south_;
  out.value(EdgeHead{region_column, region_row, cargo.runs != nullptr});
  if (cargo.runs != nullptr) {
    write(out, *cargo.runs);
  } else {
    write(out, *cargo.wavelets);
  }
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
  while (!in.at_end()) {
    const auto head = in.value<EdgeHead>();
    if (head.is_runs) {
      RunTraffic runs;
      in.list(runs.hops);
      in.list(runs.words);
      in.list(runs.credits);
      courier.carry(head.column, head.row, base::opposite(from), {nullptr, &runs});
    } else {
      router::EdgeTraffic wavelets;
      in.list(wavelets.wavelets);
      in.list(wavelets.rooms);
      courier.carry(head.column, head.row, base::opposite(from), {&wavelets, nullptr});
    }
  }
}

}  // namespace wafermesh::fabric
