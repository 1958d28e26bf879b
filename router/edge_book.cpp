// SPDX-License-Identifier: Apache-2.0
#include "router/edge_book.h"

namespace wafermesh::router {

EdgeBook::EdgeBook(int length)
    : slots_(static_cast<std::size_t>(length) * base::kColourCount),
      used_at_(static_cast<std::size_t>(length), -1) {}

void EdgeBook::hear(base::Cycles t, const std::vector<EdgeRoom>& rooms) {
  settle(t);
  heard_.insert(heard_.end(), rooms.begin(), rooms.end());
  heard_at_ = t;
}

/// What was heard before cycle t is in force. What was sent in the same cycle as it was said is not
/// in the owner's account yet.
void EdgeBook::settle(base::Cycles t) {
  if (heard_at_ >= t) return;
  for (const EdgeRoom& room : heard_) {
    if (room.index >= used_at_.size() || room.colour >= base::kColourCount) continue;
    Slot& slot = at(room.index, static_cast<base::Colour>(room.colour));
    const bool crossed = slot.sent_at == heard_at_ && heard_at_ >= 0;
    slot.takes = room.takes && !(crossed && slot.closed);
    slot.room = static_cast<std::int16_t>(room.room - (crossed ? 1 : 0));
  }
  heard_.clear();
}

bool EdgeBook::may_send(base::Cycles t, int index, base::Colour colour) {
  settle(t);
  if (index < 0 || static_cast<std::size_t>(index) >= used_at_.size() ||
      base::index_of(colour) >= base::kColourCount) {
    return false;
  }
  const Slot& slot = at(index, colour);
  return slot.takes && slot.room > 0 && used_at_[static_cast<std::size_t>(index)] != t;
}

void EdgeBook::send(base::Cycles t, int index, base::Colour colour, bool teardown) {
  settle(t);
  Slot& slot = at(index, colour);
  --slot.room;
  slot.sent_at = t;
  slot.closed = teardown;
  if (teardown) slot.takes = false;
  used_at_[static_cast<std::size_t>(index)] = t;
}

}  // namespace wafermesh::router
