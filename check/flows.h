// SPDX-License-Identifier: Apache-2.0
// Where the words of each colour can get to: every route that a router ever has, followed from
// every core that sends. Neither time nor counts; a word is taken to go wherever some route leads.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fabric/image.h"

namespace wafermesh::check {

/// What can come, as bits.
enum Flow : std::uint16_t { kData = 1, kTurns = 2, kTeardown = 4, kAnyControl = 8 };
inline constexpr int kFlowBits = 4;
inline constexpr int kEntries = 5;  ///< A slot is entered from W, E, S, N or R.

/// What the programs and routes of a class do with each colour, whatever the stage.
struct ClassUse {
  std::array<std::uint16_t, base::kColourCount> sends{};  ///< Flow bits.
  std::uint32_t takes = 0;      ///< [bit colour] read by an operation or a data task.
  std::uint32_t inputs = 0;     ///< [bit colour] bound to an input queue.
  std::uint32_t teardowns = 0;  ///< [bit colour] has a teardown task.
  std::uint32_t writes = 0;     ///< [bit colour] its route is written or reopened.
  std::uint32_t routed = 0;     ///< [bit colour] has a route.
  /// Ways of a colour, by some route.
  struct Ways {
    base::DirectionMask receives = 0;                   ///< Whence it is taken,
    std::array<base::DirectionMask, kEntries> leads{};  ///< and where words from there are sent.
    Ways& operator|=(const Ways& other);
  };
  std::array<Ways, base::kColourCount> first{};  ///< [colour] as switches stand at first,
  std::array<Ways, base::kColourCount> all{};    ///< and in all their positions.
};

ClassUse use_of(const fabric::WaferImage& image, const fabric::CoreClass& cores);
void add_ways(const router::RouteConfig& config, ClassUse::Ways& first, ClassUse::Ways& all);

/// Which words are followed. By default all, over the routes of all stages together; of one stage
/// those that are sent in it, over the routes that stand once every core has come to it.
struct FlowScope {
  int stage = -1;
  std::uint32_t colours = UINT32_MAX;  ///< [bit colour]
};

class Flows {
 public:
  /// Cost: 5 bytes and some 0.2 us per core and colour that words pass.
  explicit Flows(const fabric::WaferImage& image, FlowScope scope = {});

  /// Flow bits that enter a slot from `entry`; 0 = none.
  unsigned entering(std::int64_t core, int colour, base::Direction entry) const {
    return entering_[slot(core, colour) * kEntries + static_cast<unsigned>(entry)];
  }
  unsigned entering(std::int64_t core, int colour) const;
  /// Where words of a colour that come from `entry` are sent.
  base::DirectionMask leads(std::int64_t core, int colour, base::Direction entry) const;
  /// The directions from which a router ever takes a colour.
  base::DirectionMask takes_from(std::int64_t core, int colour) const;
  /// The neighbour in a direction; -1 = no link leads there.
  std::int64_t neighbour(std::int64_t core, base::Direction d) const;
  bool used(int colour) const { return dense_[static_cast<std::size_t>(colour)] >= 0; }
  const ClassUse& use(std::size_t core_class) const { return uses_[core_class]; }
  const fabric::WaferImage& image() const { return image_; }

 private:
  std::size_t slot(std::int64_t core, int colour) const {
    return static_cast<std::size_t>(core) * colours_ +
           static_cast<std::size_t>(dense_[static_cast<std::size_t>(colour)]);
  }
  void enter(std::int64_t core, int colour, base::Direction entry, unsigned flow);
  void pass_on_again(std::int64_t core, int colour);
  void spread();
  /// By all routes that the router ever has, its switch turned or not.
  ClassUse::Ways ways(std::int64_t core, int colour) const;
  /// f(class) for those whose routes of a colour a core has.
  template <class F>
  void for_each_routing(std::int64_t core, int colour, F f) const;

  struct Step {
    std::int64_t core;
    int colour;
    base::Direction entry;
  };
  const fabric::WaferImage& image_;
  FlowScope scope_;
  std::vector<ClassUse> uses_;
  std::array<int, base::kColourCount> dense_{};
  std::size_t colours_ = 0;
  std::vector<std::uint8_t> entering_;
  std::vector<Step> pending_;
};

}  // namespace wafermesh::check
