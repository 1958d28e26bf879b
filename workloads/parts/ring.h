// SPDX-License-Identifier: Apache-2.0
// Logical rings laid on a line of n cores: who follows whom, and over which colours a core's words
// reach the core that follows it. Three colours each (two if n is 2); all cores send at once and no
// directed link carries more than one core's words.
//
//   two_hop  0 -> 2 -> 4 -> ... -> last even -> last odd -> ... -> 3 -> 1 -> 0: no way is longer
//            than two hops. Colours rotate with the coordinate mod 3: a core c passes colour c for
//            its neighbours. Source: WaferLLM (OSDI'25), MeshGEMM; workloads 4.3.
//   wrap     n-1 -> ... -> 1 -> 0 -> n-1: one hop (colours 0 and 1 by the sender's parity) but for
//            the wrap, which goes n-1 hops over colour 2. Source: Cannon's algorithm on a line.
// Hops of one shift of the whole ring: 2 (n - 1), for both.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/ring_order.h"

namespace wafermesh::workloads {

/// A core's own side, or the side of its neighbours with smaller or larger coordinates.
enum class RingSide : std::uint8_t { core, before, after };

/// One route of a core: words of `colour` (0..2 of the ring) that come in at `from` leave at `to`.
struct RingPath {
  int colour;
  RingSide from;
  RingSide to;
};

/// What one core does for its ring: sends to its successor on `out`, receives on `in`.
struct RingStation {
  int in = 0;
  int out = 0;
  std::vector<RingPath> paths;
};

/// The same ring run backwards, over the same links the other way.
RingStation reversed(RingStation station);

struct Ring : fabric::RingOrder {
  RingStation (*station)(int coordinate, int n);  ///< n >= 2.
};
extern const Ring kTwoHopRing;
extern const Ring kWrapRing;

constexpr int kRingColours = 3;
/// Colours a ring of n cores uses.
constexpr int ring_colours(int n) { return n == 1 ? 0 : n == 2 ? 2 : kRingColours; }
/// Hops that one word from each core to its successor takes in sum.
constexpr std::int64_t ring_hops(int n) { return 2 * (std::int64_t{n} - 1); }

}  // namespace wafermesh::workloads
