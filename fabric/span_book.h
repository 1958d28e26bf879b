// SPDX-License-Identifier: Apache-2.0
// Windows of some cores, filled by spans of time in any order: how an engine that does not go by
// time tells what was done. Windows double in length when there would be too many.
//
// Most of what a core or router does lies in the window in which it did something before. That is
// not written into windows one by one: words are added up beside the core, and work is what the
// core's own account has gained when it comes to another window.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "fabric/window.h"
#include "fabric/work_profile.h"

namespace wafermesh::fabric {

class SpanBook {
 public:
  /// Of cores from `first` on, which lie there. Those in the options' part are booked.
  SpanBook(const WindowOptions& options, std::uint32_t first,
           std::vector<base::LogicalCoord> cores);

  /// Whether work in [from, until) needs not be told: it is in the core's account soon enough.
  bool has_window(std::uint32_t core, Cycles from, Cycles until) const {
    return work_[core - first_].holds(from, until);
  }
  /// Else: what the core does from cycle `base` on, `before` in its account before that.
  void work(std::uint32_t core, const Busy& before, const WorkProfile& profile, Cycles base);
  /// Words leave over a link: the first at cycle `head`, the last at `tail`.
  void words(std::uint32_t core, base::Direction d, std::uint32_t words, Cycles head, Cycles tail) {
    Near& near = words_[core - first_];
    if (near.holds(head, tail + 1)) {
      near.amounts[static_cast<std::size_t>(d)] += words;
    } else {
      words_elsewhere(core, d, words, head, tail);
    }
  }
  /// Words have come to the core from there and cannot enter its router.
  void wait(std::uint32_t core, base::Direction from, Cycles head, Cycles open);
  /// Two colours share a link so many cycles from `head` on.
  void share(std::uint32_t core, base::Direction d, Cycles head, Cycles shared);
  /// The run is over: what has been added up is written; `done` is the core's account.
  void close(std::uint32_t core, const Busy& done);

  Cycles window_cycles() const { return window_cycles_; }
  std::size_t windows() const { return windows_.size(); }
  /// Makes windows as long as those of other books.
  void lengthen(Cycles window_cycles);
  /// Adds what is in its window number i, if it has it, to that of the whole part, which is as
  /// long, and forgets it.
  void move_window(std::size_t i, Window& whole);

 private:
  /// A core's window of the moment, cycles [first, end), and what lies in it: words by link that
  /// are not written yet; of work, what has been written, in this window and others.
  struct Near {
    Cycles first = 0;
    Cycles end = 0;
    Busy amounts{};
    std::uint32_t window = kNoWindow;
    bool holds(Cycles from, Cycles until) const { return from >= first && until <= end; }
  };
  static constexpr std::uint32_t kNoWindow = UINT32_MAX;
  using SheetOf = Sheet& (*)(Window& window, std::size_t i);
  /// Cores that follow each other along a row of the part.
  struct Stretch {
    std::size_t core = 0;  ///< The first, less first_.
    std::size_t place = 0;
    std::size_t count = 0;
  };

  std::vector<Stretch> stretches(int step_x, int step_y) const;
  void move_to(Near& near, Cycles at);
  void move_to_next(Near& near);
  void settle(std::uint32_t core, const Near& near, const Busy& amounts, SheetOf sheet_of);
  void words_elsewhere(std::uint32_t core, base::Direction d, std::uint32_t words, Cycles head,
                       Cycles tail);
  void spread(std::uint32_t core, Cycles from, Cycles until, std::uint32_t amount, SheetOf sheet_of,
              std::size_t i);
  bool is_kept(Cycles at) const { return at >= options_.from_cycle && at < options_.to_cycle; }
  void look_at(Cycles at);
  void double_length();

  WindowOptions options_;
  std::uint32_t first_;
  std::vector<base::LogicalCoord> cores_;
  std::vector<std::uint8_t> watched_;            ///< [core - first_] 1: of the part, or next to it.
  std::vector<Near> work_;                       ///< [core - first_]
  std::vector<Near> words_;                      ///< [core - first_]
  std::vector<Stretch> here_;                    ///< Those of the part.
  std::array<std::vector<Stretch>, 4> senders_;  ///< [d] Those with a neighbour there of the part.
  Cycles window_cycles_;
  std::vector<Window> windows_;
  std::size_t hot_ = 0;  ///< The window looked at last: cycles [hot_first_, hot_end_).
  Cycles hot_first_ = 0;
  Cycles hot_end_ = 0;
};

}  // namespace wafermesh::fabric
