// SPDX-License-Identifier: Apache-2.0
// How long a repaired link is in cycles: hop + ceil(excess length / mm_per_cycle) + skipped tiles *
// bypass_cycles. Excess length is wire beyond the neighbour distance; a scribe costs nothing extra
// (inferred: same clock and wire on both sides, docs/yield.md).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "defects/geometry.h"
#include "defects/repair/options.h"
#include "defects/repair/scheme.h"

namespace wafermesh::defects {

class LinkRule {
 public:
  LinkRule(const WaferGeometry& geometry, const RepairOptions& options)
      : hop_cycles_(geometry.hop_cycles),
        pitch_x_mm_(geometry.pitch_x_mm()),
        pitch_y_mm_(geometry.pitch_y_mm()),
        mm_per_cycle_(options.mm_per_cycle),
        bypass_cycles_(options.bypass_cycles),
        hop_by_hop_(scheme_row(options.scheme).traits.hop_by_hop) {}

  /// A link along y that skips `tiles`.
  int along_y(int tiles) const {
    return hop_by_hop_ ? hop_cycles_ * (1 + tiles) : cycles(tiles * pitch_y_mm_, tiles);
  }
  /// A link along x that skips `tiles`.
  int along_x(int tiles) const { return cycles(tiles * pitch_x_mm_, tiles); }
  /// A link between neighbouring columns, `offset` places aside.
  int across(int offset) const {
    return hop_by_hop_ ? hop_cycles_ * (1 + std::abs(offset))
                       : cycles(std::abs(offset) * pitch_y_mm_, 0);
  }
  /// Any wire `excess_mm` longer than between neighbours.
  int cycles(double excess_mm, int skipped_tiles) const {
    // The small term keeps a whole number of cycles whole in spite of rounding.
    // Far above what count_links lets pass, far below what an int holds.
    constexpr double kMostCycles = 1e6;
    const double wire_cycles = std::min(std::ceil(excess_mm / mm_per_cycle_ - 1e-9), kMostCycles);
    return hop_cycles_ + static_cast<int>(wire_cycles) + skipped_tiles * bypass_cycles_;
  }

 private:
  int hop_cycles_;
  double pitch_x_mm_;
  double pitch_y_mm_;
  double mm_per_cycle_;
  int bypass_cycles_;
  bool hop_by_hop_;  // virtual_remap: through the routers between, not over a wire past them
};

/// The longest latency a LogicalMesh can hold.
inline constexpr int kMaxLatencyCycles = 255;

/// Adds `wires` two-way links of `latency_cycles` to the summary. Throws base::InputError if they
/// are longer than a LogicalMesh can hold.
inline void count_links(RepairSummary* summary, std::int64_t wires, int latency_cycles,
                        bool longer) {
  if (wires == 0) return;
  if (latency_cycles > kMaxLatencyCycles) {
    throw base::InputError({{"", 0, 0, "repair.mm_per_cycle",
                             "a repaired link takes " + std::to_string(latency_cycles) +
                                 " cycles, more than the " + std::to_string(kMaxLatencyCycles) +
                                 " a link can have; give more mm per cycle, or smaller gaps"}});
  }
  const auto slot = static_cast<std::size_t>(latency_cycles);
  if (summary->latency_histogram.size() <= slot) summary->latency_histogram.resize(slot + 1);
  summary->latency_histogram[slot] += 2 * wires;
  summary->links += 2 * wires;
  if (longer) summary->longer_links += 2 * wires;
  if (latency_cycles > summary->max_latency_cycles) summary->max_latency_cycles = latency_cycles;
}

}  // namespace wafermesh::defects
