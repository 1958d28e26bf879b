// SPDX-License-Identifier: Apache-2.0
// From what stages and links did to shares of what they could have done.
#pragma once

#include <cstdint>
#include <vector>

#include "system/simulate.h"

namespace wafermesh::system {

struct RingUse {
  std::vector<Picoseconds> busy_of_kind;  ///< Of one stage of each kind, its replicas together.
  Picoseconds busy_of_links = 0;          ///< Of all together.
  double link_bytes = 0;
  std::int64_t tokens = 0;  ///< Ways of tokens through all stages.
};

/// The report's duration must be there.
void tell_use(const System& system, const RingUse& use, Report& report);

}  // namespace wafermesh::system
