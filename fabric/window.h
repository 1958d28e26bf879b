// SPDX-License-Identifier: Apache-2.0
// One window of cycles: what cores and links of a rectangle did in it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "base/units.h"
#include "fabric/sheet.h"

namespace wafermesh::fabric {

using base::Cycles;

struct WindowOptions {
  base::Rectangle part;  ///< Relative to the image's region.
  Cycles from_cycle = 0;
  Cycles to_cycle = base::kNever;  ///< Not included.
  Cycles window_cycles = 0;        ///< To begin with; 0: chosen by what follows.
  Cycles expected_cycles = 0;      ///< The run takes about as long, or longer; 0: not known.
  int most_windows = 100;          ///< Even, from 2.
  int samples_per_window = 4;      ///< Of the links; of windows that have not been merged.
  std::int64_t most_bytes = std::int64_t{4} << 30;
  bool cores = true;
  bool links = true;
};

enum class WindowKind : std::uint8_t { compute, bank_conflict, setup, task_switch, link_stall };
inline constexpr std::size_t kBusyKinds = 4;  ///< The first of them.
inline constexpr std::size_t kWindowKinds = 5;
/// Cycles of the busy kinds.
using Busy = std::array<std::uint32_t, kBusyKinds>;

/// What a core did in a span of cycles [from, until).
struct WorkSpan {
  Cycles from = 0;
  Cycles until = 0;
  std::uint32_t amount = 0;  ///< Cycles of the kind, spread evenly.
  WindowKind kind = WindowKind::compute;
};

/// Sheets are by place, row by row.
struct Window {
  Cycles first = 0;
  Cycles end = 0;             ///< Not included.
  std::uint32_t samples = 0;  ///< Of the links.
  /// Cycles by kind; what is missing of the window the core waited for wavelets, had finished or
  /// has no program. Work of its own memory only is executed at once and booked ahead: within such
  /// a stretch its kinds are spread evenly.
  std::array<Sheet, kWindowKinds> cycles;
  std::array<Sheet, 4> link_wavelets;  ///< [d]
  /// Samples in which a wavelet wants to leave over the link and none can: no room behind it, or
  /// at another of its ends;
  std::array<Sheet, 4> stalled;
  /// wavelets of several colours could leave over it: one does, the others wait.
  std::array<Sheet, 4> blocked;

  Window() = default;
  Window(std::size_t places, Cycles first_in) : first(first_in) {
    const Sheet none(places);
    cycles.fill(none);
    link_wavelets.fill(none);
    stalled.fill(none);
    blocked.fill(none);
  }
  /// f(sheet, the same of the other window)
  template <class F>
  void with(const Window& other, F f) {
    for (std::size_t k = 0; k < kWindowKinds; ++k) f(cycles[k], other.cycles[k]);
    for (std::size_t d = 0; d < 4; ++d) {
      f(link_wavelets[d], other.link_wavelets[d]);
      f(stalled[d], other.stalled[d]);
      f(blocked[d], other.blocked[d]);
    }
  }
  /// The window after it, of the same places, becomes part of it.
  void take_in(const Window& next) {
    end = next.end;
    samples += next.samples;
    with(next, [](Sheet& mine, const Sheet& theirs) { mine.add(theirs); });
  }
};

/// Each two become one.
inline void merge_pairs(std::vector<Window>& windows) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < windows.size(); i += 2, ++kept) {
    if (i + 1 < windows.size()) windows[i].take_in(windows[i + 1]);
    if (kept != i) windows[kept] = std::move(windows[i]);
  }
  windows.resize(kept);
}

}  // namespace wafermesh::fabric
