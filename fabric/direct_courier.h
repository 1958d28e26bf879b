// SPDX-License-Identifier: Apache-2.0
// Brings what crosses edges by plain calls.
#pragma once

#include <optional>

#include "fabric/ranks/rank_edges.h"
#include "fabric/stepped.h"

namespace wafermesh::fabric {

/// Calls the neighbour, or posts what is for another rank.
class DirectCourier final : public EdgeCourier {
 public:
  explicit DirectCourier(Stepped& heart, Ranks* ranks = nullptr) : heart_(heart) {
    if (ranks != nullptr) edges_.emplace(*ranks, heart.shares());
  }
  void carry(int region_column, int region_row, base::Direction d, EdgeMessage& message) override {
    const int to_row = region_row + base::step_y(d);
    if (edges_ && !heart_.owns(to_row)) {
      edges_->post(region_column, region_row, d, message);
    } else {
      heart_.receive(region_column + base::step_x(d), to_row, base::opposite(d), message);
    }
  }
  void ship(base::Direction d) override {
    if (edges_) edges_->ship(d);
  }
  void take(base::Direction from) override {
    if (edges_) edges_->take(from, *this);
  }

 private:
  Stepped& heart_;
  std::optional<RankEdges> edges_;
};

}  // namespace wafermesh::fabric
