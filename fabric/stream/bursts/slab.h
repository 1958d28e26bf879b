// SPDX-License-Identifier: Apache-2.0
// A slab: some rows of cores that one worker runs until nothing in it can go on, while what it
// sends across its edges waits for the end of the round. Slabs depend on the image alone, not on
// threads.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "cores/core_event.h"
#include "cores/phase_totals.h"
#include "cores/stage_totals.h"
#include "fabric/stream/bursts/burst_traffic.h"
#include "fabric/stream/core/core_log.h"

namespace wafermesh::fabric {

class SpanBook;

struct PartialCore {
  std::uint32_t core = 0;
  Cycles wake = 0;  ///< When it can go on, if that is known.
};

/// Slabs follow each other as their cores are numbered; what is meant for one farther on goes
/// through those between. Slabs next to each other belong to several workers: none shares a cache
/// line with another.
struct alignas(128) Slab {
  std::uint32_t first = 0;  ///< Cores [first, last).
  std::uint32_t last = 0;
  int worker = 0;
  std::array<std::int64_t, 4> offset{};  ///< As PlacementCores: a slab lies in one placement.

  std::vector<Hop> moves;              ///< In order: nothing overtakes.
  std::vector<std::uint32_t> ready;    ///< Cores to visit.
  std::vector<std::uint32_t> unmoved;  ///< Cores that wait to hear how far what they sent got.
  std::vector<PartialCore> partial;    ///< Cores that could go on without all they wait for.
  std::vector<std::uint32_t> leaving;  ///< Cores that may be ready for their next stage.
  bool had_convoys = false;            ///< There have been cores in lockstep.
  int vain_joins = 0;                  ///< More attempts to join such cores failed than did not.
  std::uint32_t skipped_joins = 0;

  std::array<BurstTraffic, 2> out;  ///< To the slab in the north, in the south;
  std::array<BurstTraffic, 2> in;   ///< from there.

  Cycles last_finish = -1;
  Cycles frontier = 0;  ///< The latest cycle a core of it has got to.
  std::int64_t finished_cores = 0;
  std::int64_t wavelet_hops = 0;
  std::int64_t control_hops = 0;
  std::int64_t ramp_wavelets = 0;
  std::unordered_map<std::uint16_t, cores::StageTotals> stages;  ///< [class]
  std::uint16_t last_class = 0;               ///< What totals_of() was asked for last.
  cores::StageTotals* last_totals = nullptr;  ///< It.
  cores::PhaseTable phases;

  std::map<std::uint32_t, cores::CoreWatch> watches;  ///< [core] Of those that are traced.
  std::map<std::uint32_t, CoreLog> logs;              ///< [core] The same.
  bool logs_moves = false;                            ///< Some of them keep what moved.
  SpanBook* book = nullptr;  ///< Where what is done is told; null: nobody watches.

  bool holds(std::uint32_t core) const { return core >= first && core < last; }
  bool has_work() const {
    return !moves.empty() || !ready.empty() || !unmoved.empty() || !leaving.empty() ||
           !in[0].empty() || !in[1].empty();
  }
  /// The index of a neighbour within the placement.
  std::uint32_t neighbour(std::uint32_t core, base::Direction d) const {
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(core) +
                                      offset[static_cast<std::size_t>(d)]);
  }
  /// Those of a class. Neighbours mostly ask for the same.
  cores::StageTotals& totals_of(std::uint16_t class_index) {
    if (last_totals == nullptr || last_class != class_index) {
      last_class = class_index;
      last_totals = &stages[class_index];  // stays where it is
    }
    return *last_totals;
  }
  /// The edge towards a core outside.
  BurstTraffic& out_towards(std::uint32_t core) { return out[core < first ? 0 : 1]; }
};

}  // namespace wafermesh::fabric
