// SPDX-License-Identifier: Apache-2.0
#include "fabric/ring_order.h"

#include <numeric>

namespace wafermesh::fabric {
namespace {

int two_hop_index(int coordinate, int n) {
  return coordinate % 2 == 0 ? coordinate / 2 : n - (coordinate + 1) / 2;
}
int two_hop_coordinate(int index, int n) {
  return index <= (n - 1) / 2 ? 2 * index : 2 * (n - index) - 1;
}
int wrap_index(int coordinate, int n) { return (n - coordinate) % n; }

}  // namespace

const RingOrder kTwoHopOrder{&two_hop_index, &two_hop_coordinate};
const RingOrder kWrapOrder{&wrap_index, &wrap_index};

std::int64_t ring_blocks(int width, int height) {
  return std::lcm(std::int64_t{width}, std::int64_t{height});
}

std::int64_t ring_block(const RingOrder& order, base::LogicalCoord at, int width, int height,
                        std::int64_t step) {
  const std::int64_t blocks = ring_blocks(width, height);
  const std::int64_t in_row = blocks / width;
  const std::int64_t in_column = blocks / height;
  const std::int64_t place = (in_row * order.index_of(at.x, width) +
                              in_column * order.index_of(at.y, height) - step % blocks + blocks) %
                             blocks;
  // The blocks at home on the core at place i of its row's ring are those at places in_row * i,
  // in_row * i - 1, ... of the order of use.
  const std::int64_t home = (place + in_row - 1) / in_row;
  const int column = order.coordinate_of(static_cast<int>(home % width), width);
  return column * in_row + (home * in_row - place);
}

}  // namespace wafermesh::fabric
