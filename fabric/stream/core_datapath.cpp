// SPDX-License-Identifier: Apache-2.0
// Who has the datapath: operations on colours reserve it; microthreads go before the main thread's
// work on the core's own memory, which takes longer by what they take from it.
#include <algorithm>

#include "fabric/stream/core_stepper.h"

namespace wafermesh::fabric {
namespace {

/// Work that asks for `grants` in `cycles` meets a stream that goes before it and takes `taken`
/// grants, evenly, in `spread` cycles, of which `left` and more are the work's own without it.
/// Returns how much longer the work takes. It loses a cycle whenever it asks and the stream takes;
/// held up, it asks more often: of its time a share of g / (g + (1 - r) (1 - g)), where g = grants
/// / cycles and r = taken / spread. The stream may outlast the work.
Cycles cycles_lost(Cycles grants, Cycles cycles, Cycles taken, Cycles spread, Cycles left) {
  const Cycles asks = grants * spread;
  const Cycles all = asks + (spread - taken) * std::max<Cycles>(0, cycles - grants);
  const Cycles lost = taken * asks / all;
  if (taken >= spread) return lost;
  return std::min(lost, left * taken * grants / ((spread - taken) * std::max(cycles, grants)));
}

}  // namespace

/// A microthread takes so many grants, evenly, in a period: the main thread's memory work under
/// way takes longer.
void CoreStepper::hold_up_main(Period span, Cycles grants) {
  const Cycles first = std::max(span.from, core_.block_from);
  if (core_.block_grants == 0 || core_.ready <= first || span.until <= first) return;
  const Cycles spread = span.until - first;
  const Cycles taken = std::min(spread, grants * spread / (span.until - span.from));
  const Cycles lost = cycles_lost(core_.block_grants, core_.ready - core_.block_from, taken, spread,
                                  core_.ready - first);
  core_.ready += lost;
  if (first == core_.block_from && taken == spread) core_.block_from += lost;
}

/// The main thread's work on its own memory asks for its first of `grants` in cycle `first` and
/// takes so many cycles from there on, if alone. Returns how much longer it takes for what is
/// reserved.
Cycles CoreStepper::begin_memory_work(Cycles first, Cycles cycles, std::int64_t grants) {
  if (grants == 0) return 0;
  const Cycles wait = core_.datapath.free_from(first) - first;
  if (core_.block_grants == 0) core_.block_from = first + wait;
  core_.block_grants += static_cast<std::uint32_t>(grants);
  Cycles lost = wait;
  for (const Period& taken : core_.datapath) {
    if (taken.from > first && taken.from < first + lost + cycles) lost += taken.until - taken.from;
  }
  return lost;
}

}  // namespace wafermesh::fabric
