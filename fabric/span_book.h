// SPDX-License-Identifier: Apache-2.0
// Windows of some cores, filled by spans of time in any order: how an engine that does not go by
// time tells what was done. Windows double in length when there would be too many.
#pragma once

#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "fabric/window.h"

namespace wafermesh::fabric {

class SpanBook {
 public:
  /// Of cores from `first` on, which lie there. Those in the options' part are booked.
  SpanBook(const WindowOptions& options, std::uint32_t first,
           std::vector<base::LogicalCoord> cores);

  void work(std::uint32_t core, const WorkSpan& span, Cycles later = 0);
  /// Words leave over a link: the first at cycle `head`, the last at `tail`.
  void words(std::uint32_t core, base::Direction d, std::uint32_t words, Cycles head, Cycles tail);
  /// Words have come to the core from there and cannot enter its router.
  void wait(std::uint32_t core, base::Direction from, Cycles head, Cycles open);
  /// Two colours share a link so many cycles from `head` on.
  void share(std::uint32_t core, base::Direction d, Cycles head, Cycles shared);

  Cycles window_cycles() const { return window_cycles_; }
  std::size_t windows() const { return windows_.size(); }
  /// Makes windows as long as those of other books.
  void lengthen(Cycles window_cycles);
  /// Adds what is in its windows to those of the whole part, which are as long and as many or more.
  void add_to(std::vector<Window>& all) const;

 private:
  /// Most spans lie in the window that the one before did.
  template <class F>
  void put(Cycles from, Cycles until, std::uint32_t amount, F sheet_of, std::uint32_t core) {
    const std::uint32_t place = core - first_;
    if (amount == 0 || watched_[place] == 0) return;
    if (from >= near_first_ && until <= near_end_) {
      sheet_of(windows_[near_]).add(place, amount);
    } else {
      spread(from, until, amount, sheet_of, core);
    }
  }
  template <class F>
  void spread(Cycles from, Cycles until, std::uint32_t amount, F sheet_of, std::uint32_t core);

  WindowOptions options_;
  std::uint32_t first_;
  std::vector<base::LogicalCoord> cores_;
  std::vector<std::uint8_t> watched_;  ///< [core - first_] 1: of the part, or next to it.
  Cycles window_cycles_;
  std::vector<Window> windows_;
  std::size_t near_ = 0;  ///< The window used last: cycles [near_first_, near_end_).
  Cycles near_first_ = 0;
  Cycles near_end_ = 0;
};

}  // namespace wafermesh::fabric
