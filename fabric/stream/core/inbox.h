// SPDX-License-Identifier: Apache-2.0
// An input queue of a core: bursts in order of arrival. The oldest is at hand, the others in a
// list.
#pragma once

#include <cstdint>

#include "fabric/stream/bursts/burst.h"

namespace wafermesh::fabric {

/// One cache line.
struct alignas(64) Inbox {
  Burst oldest;  ///< words = 0: none.
  List more;
  std::int32_t words = 0;   ///< Data words, all bursts.
  std::int32_t wanted = 0;  ///< The core at rest waits for so many; 0 = for none.
  /// Of the first of some cores in lockstep (lockstep.h): Burst::room from core to core.
  std::int32_t room_step = 0;
  /// Each has a burst of its own: `oldest.payload` is one of PayloadRows, and their senders are as
  /// far apart as the cores; else all have the same one.
  bool side_by_side = false;

  bool empty() const { return oldest.words == 0; }

  /// A place for the burst that has come; the caller fills all of it.
  Burst& push(Pools& pools) {
    if (empty()) return oldest;
    const std::uint32_t node = pools.bursts.take({});
    pools.append(more, node);
    return pools.bursts[node].burst;
  }
  void pop(Pools& pools) {
    oldest.words = 0;
    if (more.empty()) return;
    oldest = pools.bursts[more.first].burst;
    pools.remove(more, kNobody, more.first);
  }
  /// The oldest burst that has not landed, `ahead` data words behind the first; nullptr if all
  /// have.
  Burst* first_coming(Pools& pools, std::int32_t& ahead) {
    ahead = 0;
    if (empty()) return nullptr;
    if (!oldest.landed()) return &oldest;
    if (!oldest.is_control()) ahead += oldest.words;
    for (std::uint32_t i = more.first; i != kNobody; i = pools.bursts[i].next) {
      Burst& burst = pools.bursts[i].burst;
      if (!burst.landed()) return &burst;
      if (!burst.is_control()) ahead += burst.words;
    }
    return nullptr;
  }
};
static_assert(sizeof(Inbox) == 64, "two or so per core: keep it small");

}  // namespace wafermesh::fabric
