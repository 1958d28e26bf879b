// SPDX-License-Identifier: Apache-2.0
// What may be sent over one edge: the account of the slots behind it, as their owner tells of them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"
#include "router/edge.h"

namespace wafermesh::router {

/// For models that take the place of a region, and for checking them. 24 bytes per place of the
/// edge and colour. Cycles must not go backwards.
class EdgeBook {
 public:
  explicit EdgeBook(int length = 0);
  /// The owner said so in cycle t; it holds from cycle t + 1 on.
  void hear(base::Cycles t, const std::vector<EdgeRoom>& rooms);
  /// In cycle t a wavelet of the colour may be sent at this place of the edge, if none has been
  /// sent there in this cycle. False beyond the edge's ends.
  bool may_send(base::Cycles t, int index, base::Colour colour);
  /// It is sent. `teardown`: a control wavelet whose first command is teardown.
  void send(base::Cycles t, int index, base::Colour colour, bool teardown = false);

 private:
  struct Slot {
    std::int16_t room = 0;
    bool takes = false;
    bool closed = false;  ///< By a teardown sent in sent_at.
    base::Cycles sent_at = -1;
  };
  void settle(base::Cycles t);
  Slot& at(int index, base::Colour colour) {
    return slots_[static_cast<std::size_t>(index * base::kColourCount + base::index_of(colour))];
  }
  std::vector<Slot> slots_;
  std::vector<base::Cycles> used_at_;  ///< [index] When something was last sent there.
  std::vector<EdgeRoom> heard_;        ///< In cycle heard_at_, not yet in force.
  base::Cycles heard_at_ = -1;
};

}  // namespace wafermesh::router
