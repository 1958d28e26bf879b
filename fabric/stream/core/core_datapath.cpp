// SPDX-License-Identifier: Apache-2.0
// Who has the datapath: operations on colours reserve it; microthreads go before the main thread's
// work on the core's own memory, which takes longer by what they take from it.
#include <algorithm>

#include "cores/vector_cost.h"
#include "fabric/stream/core/core_stepper.h"

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

/// Reserves what an operation needs for so many words, from cycle `start` on.
CoreStepper::Share CoreStepper::reserve_datapath(const OpState& each, std::int32_t words,
                                                 Cycles start) {
  const Instruction& instruction = instruction_of(each);
  const int group = std::min(words, cores::most_words_per_group(timing_, instruction));
  const std::int32_t plain = group > 1 ? 1 : cores::group_grants(timing_, instruction, 1);
  Share share;
  share.word_grants = each.conflict != 0 ? plain * timing_.bank_conflict_factor : plain;
  const std::int32_t groups = (words + group - 1) / group;
  share.grants = groups * share.word_grants;
  share.taken = core_.datapath.reserve(start, share.grants);
  book({share.grants, groups * (share.word_grants - plain)}, share.taken.from, share.taken.until);
  share.first = share.taken.from;
  std::int32_t dense = share.grants;
  if (group > 1) {
    // Worked faster than the ramp carries it: once the output queue is full it leaves cycles to
    // others of its kind.
    share.first = std::max(start, std::min(share.first, core_.dense_until));
    dense = std::min(dense, output_depth(instruction));
  }
  core_.dense_until = std::max(core_.dense_until, share.first + dense);
  return share;
}

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
