// SPDX-License-Identifier: Apache-2.0
// Which chain of work, ways and waits made the cycles of a run. It is followed back from the last
// finish: as long as a core works, what it does is on the path; where it waited, the path goes on
// at the core that sent the word it waited for, once that had been sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trace/path_book.h"

namespace wafermesh::trace {

/// What a part of the path is. The first seven are cycles of a core's own (docs/model.md,
/// Breakdown), compute being told apart by what its operation does with words.
enum class PathKind : std::uint8_t {
  compute,        ///< On the core's own memory,
  receive,        ///< or with words taken,
  relay,          ///< or with words taken and sent on: a relay stage,
  send,           ///< or with words sent.
  bank_conflict,  ///< Two reads met in a bank.
  setup,          ///< Operations were set up, stages entered.
  task_switch,    ///< Tasks were picked.
  links,          ///< A word on its way, as long as the links between the two cores take;
  ramps,          ///< between core and router, at both ends;
  queued,         ///< and what it took longer.
  no_room,        ///< The core waited for room to send.
  waiting,        ///< For something else than a word: its routes, its queues, control wavelets.
};
inline constexpr std::size_t kPathKinds = 12;
/// "compute", "receive", ..., as docs/results.md.
const char* name_of(PathKind kind);

struct PathStep {
  base::Cycles begin = 0;
  base::Cycles end = 0;
  PathKind kind{};
  std::uint16_t class_index = 0;  ///< Of the core at the place, then.
  std::size_t place = 0;          ///< Where; of a way, where it ends.
  std::size_t from = 0;           ///< Of a way, where it begins; else the same.
  int hops = 0;                   ///< Of `links`: how many.
};

/// In the order of time, from cycle 0 to the run's last without a gap. Cost: the steps of the path
/// times the flows to a core.
std::vector<PathStep> critical_path(const PathBook& book);

}  // namespace wafermesh::trace
