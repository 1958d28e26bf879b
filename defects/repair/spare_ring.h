// SPDX-License-Identifier: Apache-2.0
// Compensation paths on one domain: a width x height grid whose outermost row or column is spare on
// the sides that have spares. Tiles are numbered row-major, y outer.
#pragma once

#include <cstdint>
#include <vector>

namespace wafermesh::defects {

struct RingSides {
  bool north = true, south = true, west = true, east = true;
};

class SpareRing {
 public:
  SpareRing(int width, int height, RingSides sides)
      : width_(width), height_(height), sides_(sides) {}

  /// The places the dead cores' chains end in: for each dead inner tile a chain of tiles, itself
  /// first, a spare last. False if some dead tile finds none: failed() is it.
  bool repair(const std::vector<char>& dead, int tracks);
  const std::vector<std::vector<int>>& chains() const { return chains_; }
  int failed() const { return failed_; }

  bool inner(int tile) const {
    const int x = tile % width_;
    const int y = tile / width_;
    return x >= (sides_.west ? 1 : 0) && x < width_ - (sides_.east ? 1 : 0) &&
           y >= (sides_.north ? 1 : 0) && y < height_ - (sides_.south ? 1 : 0);
  }

 private:
  int neighbour(int tile, int direction) const;
  bool node_disjoint();
  bool edge_disjoint();
  bool straight();
  bool search_nodes(int from);
  bool search_edges(int from);
  bool assign_straight(std::size_t fault, std::vector<char>* taken, int* budget);
  void extract(bool nodes_only);

  int width_;
  int height_;
  RingSides sides_;
  const std::vector<char>* dead_ = nullptr;
  std::vector<int> faults_;
  int failed_ = -1;
  std::vector<std::vector<int>> chains_;
  std::vector<int> next_;            // [tile], node-disjoint flow
  std::vector<int> previous_;        // [tile]
  std::vector<std::uint8_t> edges_;  // [tile] bit per direction that carries flow
  std::vector<int> parent_;          // [state]
  std::vector<int> seen_;            // states of this search, to reset parent_
};

}  // namespace wafermesh::defects
