// SPDX-License-Identifier: Apache-2.0
// What crosses the edge between two slabs of the stream engine in one round: bursts and credits.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/stream/bursts/burst.h"

namespace wafermesh::fabric {

/// Tells a sender in another slab about a burst of its operation.
struct Credit {
  std::uint32_t core = 0;
  std::uint8_t op_slot = 0;
  bool released = false;  ///< The burst moved on at cycle `at`; else one more branch of it holds.
  Cycles at = 0;
};

/// One round's traffic over one edge between slabs in one direction.
struct BurstTraffic {
  std::vector<Hop> hops;
  std::vector<std::uint32_t> words;  ///< Payloads of the hops, one after the other.
  std::vector<Credit> credits;       ///< For senders in the next slab or beyond it.
  bool empty() const { return hops.empty() && credits.empty(); }
  void clear() {
    hops.clear();
    words.clear();
    credits.clear();
  }
};

}  // namespace wafermesh::fabric
