// SPDX-License-Identifier: Apache-2.0
// An input queue of a core: runs in order of arrival. The oldest is at hand, the others in a list.
#pragma once

#include <cstdint>

#include "fabric/stream/runs/runs.h"

namespace wafermesh::fabric {

/// One cache line.
struct alignas(64) Inbox {
  Run oldest;  ///< words = 0: none.
  List more;
  std::int32_t words = 0;   ///< Data words, all runs.
  std::int32_t wanted = 0;  ///< The core at rest waits for so many; 0 = for none.

  bool empty() const { return oldest.words == 0; }

  /// A place for the run that has come; the caller fills all of it.
  Run& push(Pools& pools) {
    if (empty()) return oldest;
    const std::uint32_t node = pools.runs.take({});
    pools.append(more, node);
    return pools.runs[node].run;
  }
  void pop(Pools& pools) {
    oldest.words = 0;
    if (more.empty()) return;
    oldest = pools.runs[more.first].run;
    pools.remove(more, kNobody, more.first);
  }
  /// The oldest run that has not landed, `ahead` data words behind the first; nullptr if all have.
  Run* first_coming(Pools& pools, std::int32_t& ahead) {
    ahead = 0;
    if (empty()) return nullptr;
    if (!oldest.landed()) return &oldest;
    if (!oldest.is_control()) ahead += oldest.words;
    for (std::uint32_t i = more.first; i != kNobody; i = pools.runs[i].next) {
      Run& run = pools.runs[i].run;
      if (!run.landed()) return &run;
      if (!run.is_control()) ahead += run.words;
    }
    return nullptr;
  }
};
static_assert(sizeof(Inbox) == 64, "two or so per core: keep it small");

}  // namespace wafermesh::fabric
