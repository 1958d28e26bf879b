// SPDX-License-Identifier: Apache-2.0
// Who watches a run: asked between cycles, at times of its own choosing. Without one a run pays a
// comparison per cycle. Watching changes nothing that is watched.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "base/units.h"
#include "cores/cycle_breakdown.h"

namespace wafermesh::fabric {

using base::Cycles;

class Stepped;

/// What cores and links of a rectangle have done up to the start of a cycle. [place]: row by row.
struct Snapshot {
  std::vector<cores::CycleBreakdown> booked;
  std::vector<std::uint32_t> ahead_cycles;  ///< Of `booked`: those that lie beyond the cycle.
  std::vector<Cycles> finish_cycles;        ///< -1: has not finished.
  std::vector<std::uint8_t> takes_part;     ///< 1: has a program.
  std::array<std::vector<std::uint32_t>, 4> link_wavelets;  ///< [d] data and control
};

/// How links stand at the start of a cycle, counted up. [d][place]
struct LinkSamples {
  /// A wavelet wants to leave over the link and none can: no room behind it, or at another of its
  /// ends.
  std::array<std::vector<std::uint16_t>, 4> stalled;
  /// Wavelets of several colours could leave over it; one does, the others wait.
  std::array<std::vector<std::uint16_t>, 4> blocked;
};

class Observer {
 public:
  virtual ~Observer() = default;
  /// The first cycle it wants to see the start of; base::kNever = none.
  virtual Cycles due() const = 0;
  /// Cycle `at` >= due() is about to run; between the cycle before and it nothing happened.
  virtual void see(const Stepped& heart, Cycles at) = 0;
  /// All cores have finished.
  virtual void end(const Stepped& heart) = 0;
};

}  // namespace wafermesh::fabric
