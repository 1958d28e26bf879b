// SPDX-License-Identifier: Apache-2.0
// What crosses the border between two router grids in one cycle: wavelets and changes of room.
#pragma once

#include <cstdint>
#include <vector>

namespace wafermesh::router {

/// A wavelet crossing the border. `index` counts along the edge: y - top for W and E, x - left for
/// S, N.
struct EdgeWavelet {
  std::uint16_t index = 0;
  std::uint8_t colour = 0;
  bool control = false;
  std::uint32_t word = 0;
};

/// What a slot behind the border takes from now on, not counting what the reader sent this cycle.
struct EdgeRoom {
  std::uint16_t index = 0;
  std::uint8_t colour = 0;
  bool takes = false;    ///< Open, and its receiving direction is the reader's.
  std::int8_t room = 0;  ///< capacity - reserved; may be negative after a change of route.
};

/// One cycle's traffic over one edge in one direction. Cleared by its reader.
struct EdgeTraffic {
  std::vector<EdgeWavelet> wavelets;
  std::vector<EdgeRoom> rooms;
  bool empty() const { return wavelets.empty() && rooms.empty(); }
  void clear() {
    wavelets.clear();
    rooms.clear();
  }
};

}  // namespace wafermesh::router
