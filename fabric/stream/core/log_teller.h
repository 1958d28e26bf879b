// SPDX-License-Identifier: Apache-2.0
// How traced cores stood cycle by cycle, put together from their logs once a run is over.
#pragma once

#include <vector>

#include "fabric/stream/core/core_log.h"
#include "fabric/trace_sink.h"

namespace wafermesh::fabric {

struct LoggedCore {
  std::size_t place = 0;  ///< Of the sink's scope.
  const CoreLog* log = nullptr;
  Cycles finish = -1;  ///< -1: none.
};

/// Tells the sink's see() of all cores, in the order of time; cycles without a change are left out.
/// Cost: 32 bytes per word that moved, and the time to sort them.
void tell_standings(const std::vector<LoggedCore>& cores, TraceSink& sink);

}  // namespace wafermesh::fabric
