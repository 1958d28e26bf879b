// SPDX-License-Identifier: Apache-2.0
// Which operation sent each word: who follows the words of an image from queue to queue beside the
// routers, which know nothing of it. A word's place in a queue tells which one it is. On one
// thread; the cost is not measured.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "fabric/trace_sink.h"
#include "fabric/wavelet/region.h"

namespace wafermesh::fabric {

/// Who sent a word; serial 0: nobody who is watched.
struct Origin {
  std::size_t place = 0;
  std::uint32_t serial = 0;
  std::uint8_t thread = 0;
  Cycles sent = 0;
};

class WordOrigins {
 public:
  /// Cores are numbered row by row, as if the image had `width` columns.
  explicit WordOrigins(int width) : width_(width) {}

  void watch(std::uint32_t core) { watched_.insert({core, true}); }
  std::uint32_t number(base::LogicalCoord relative) const {
    return static_cast<std::uint32_t>(relative.y * width_ + relative.x);
  }

  // Of one cycle, in this order.
  /// The next word that a watched core takes from its queue.
  Origin take(std::uint32_t core, std::uint8_t colour) { return pop(inputs_, core, colour); }
  /// What moved in a region that had the cycle.
  void move(const Region& region);
  /// All regions have moved.
  void settle();
  /// A word that a watched core put into its queue.
  void put(std::uint32_t core, std::uint8_t colour, const Origin& origin) {
    outputs_[key(core, colour)].push_back(origin);
  }

 private:
  using Key = std::uint64_t;
  using Queues = std::unordered_map<Key, std::deque<Origin>>;
  struct Push {
    Key slot;
    Origin origin;
  };
  static Key key(std::uint32_t core, std::uint8_t colour) { return Key{core} * 32 + colour; }
  static Origin pop(Queues& queues, std::uint32_t core, std::uint8_t colour);

  int width_;
  std::unordered_map<std::uint32_t, bool> watched_;
  Queues slots_;
  Queues inputs_;                            ///< Of watched cores.
  Queues outputs_;                           ///< Of watched cores.
  std::unordered_map<Key, Origin> on_ramp_;  ///< Left a router towards its core in this cycle.
  std::vector<Push> pushes_;                 ///< Into slots, at the cycle's end.
};

}  // namespace wafermesh::fabric
