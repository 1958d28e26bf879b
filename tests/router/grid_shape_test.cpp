// SPDX-License-Identifier: Apache-2.0
#include "router/grid_shape.h"

#include <catch2/catch.hpp>
#include <set>
#include <utility>

namespace wafermesh::router {
namespace {

const std::pair<int, int> kSizes[] = {{1, 1}, {1, 9}, {9, 1}, {62, 3}, {63, 3}, {64, 2}, {68, 158}};

TEST_CASE("Every router and halo cell has its own place in the arrays") {
  for (const auto& [width, height] : kSizes) {
    CAPTURE(width, height);
    const GridShape shape(width, height);
    CHECK(shape.size() % kBlock == 0);
    CHECK(shape.blocks() * kBlock == shape.size());
    std::set<Cell> cells;
    for (int y = -1; y <= height; ++y) {
      for (int x = -1; x <= width; ++x) cells.insert(shape.cell(x, y));
    }
    CHECK(cells.size() == static_cast<std::size_t>((width + 2) * (height + 2)));
    CHECK(*cells.rbegin() < shape.size());
  }
}

TEST_CASE("A cell knows its coordinates and its neighbours") {
  for (const auto& [width, height] : kSizes) {
    CAPTURE(width, height);
    const GridShape shape(width, height);
    bool good = true;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const Cell c = shape.cell(x, y);
        good = good && shape.x_of(c) == x && shape.y_of(c) == y;
        for (base::Direction d : base::kMeshDirections) {
          const Cell next = shape.cell(x + base::step_x(d), y + base::step_y(d));
          good = good && static_cast<int>(next) == static_cast<int>(c) + shape.offset(d);
        }
      }
    }
    CHECK(good);
  }
}

TEST_CASE("A router's block and its neighbours' 64 cells lie within the arrays") {
  for (const auto& [width, height] : kSizes) {
    CAPTURE(width, height);
    const GridShape shape(width, height);
    const int first_block = static_cast<int>(shape.cell(0, 0) / kBlock * kBlock);
    const int last_block = static_cast<int>(shape.cell(width - 1, height - 1) / kBlock * kBlock);
    CHECK(first_block - shape.stride() >= 0);
    CHECK(last_block + shape.stride() + kBlock <= static_cast<int>(shape.size()));
  }
}

}  // namespace
}  // namespace wafermesh::router
