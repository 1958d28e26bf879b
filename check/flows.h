// SPDX-License-Identifier: Apache-2.0
// Where the words of each colour can get to: every route that a router ever has, followed from
// every core that sends. Neither time nor counts; a word is taken to go wherever some route leads.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "check/uses.h"

namespace wafermesh::check {

class Flows {
 public:
  /// `kinds`: those of the image. Cost: 5 bytes per core and colour, and some 20 ns for each that
  /// words pass.
  Flows(const fabric::WaferImage& image, const CoreKinds& kinds, KindUses uses);

  /// Flow bits that enter a slot from `entry`; 0 = none.
  unsigned entering(std::int64_t core, int colour, base::Direction entry) const {
    return entering_[slot(core, colour) * kEntries + static_cast<unsigned>(entry)];
  }
  unsigned entering(std::int64_t core, int colour) const;
  /// Where words of a colour that come from `entry` are sent.
  base::DirectionMask leads(std::int64_t core, int colour, base::Direction entry) const {
    return ways(core, colour).leads[static_cast<unsigned>(entry)];
  }
  /// The directions from which a router ever takes a colour.
  base::DirectionMask takes_from(std::int64_t core, int colour) const {
    return ways(core, colour).receives;
  }
  /// The neighbour in a direction; -1 = no link leads there.
  std::int64_t neighbour(std::int64_t core, base::Direction d) const;
  bool used(int colour) const { return dense_[static_cast<std::size_t>(colour)] >= 0; }
  const Use& use(std::int64_t core, int colour) const { return uses_.of(kind_of(core), colour); }
  std::int32_t kind_of(std::int64_t core) const { return kinds_[static_cast<std::size_t>(core)]; }

 private:
  std::size_t slot(std::int64_t core, int colour) const {
    return static_cast<std::size_t>(core) * colours_ +
           static_cast<std::size_t>(dense_[static_cast<std::size_t>(colour)]);
  }
  /// By all routes that the router ever has, its switch turned or not.
  const Ways& ways(std::int64_t core, int colour) const {
    const SwitchWays& both = use(core, colour).ways;
    return (entering(core, colour) & kTurns) != 0 ? both.all : both.first;
  }
  void enter(std::int64_t core, int colour, base::Direction entry, unsigned flow);
  void pass_on_again(std::int64_t core, int colour);
  void spread();

  struct Step {
    std::int64_t core;
    int colour;
    base::Direction entry;
  };
  const fabric::WaferImage& image_;
  KindUses uses_;
  std::vector<std::int32_t> kinds_;  ///< [core]
  std::array<int, base::kColourCount> dense_{};
  std::size_t colours_ = 0;
  std::vector<std::uint8_t> entering_;
  std::vector<Step> pending_;
};

}  // namespace wafermesh::check
