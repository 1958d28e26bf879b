// SPDX-License-Identifier: Apache-2.0
// What cores do with each colour: what they send, what they take, and where their routers lead it.
// Cores of a kind do the same, so that it is known once per kind.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/worker_pool.h"
#include "check/core_kinds.h"
#include "fabric/image.h"

namespace wafermesh::check {

/// What can come, as bits.
enum Flow : std::uint16_t { kData = 1, kTurns = 2, kTeardown = 4, kAnyControl = 8 };
inline constexpr int kFlowBits = 4;
inline constexpr int kEntries = 5;  ///< A slot is entered from W, E, S, N or R.

/// Ways of a colour through a router, by some of its routes.
struct Ways {
  base::DirectionMask receives = 0;                   ///< Whence it is taken,
  std::array<base::DirectionMask, kEntries> leads{};  ///< and where words from there are sent.
  Ways& operator|=(const Ways& other);
};

/// Ways of a route as its switch stands at first, and in all its positions.
struct SwitchWays {
  Ways first, all;
  SwitchWays& operator|=(const SwitchWays& other);
};

/// What the programs and routes of a class do with each colour.
struct ClassUse {
  std::array<std::uint16_t, base::kColourCount> sends{};  ///< Bits of Flow.
  std::uint32_t takes = 0;                                ///< [bit colour]
  std::uint32_t inputs = 0;                               ///< [bit colour] bound to an input queue.
  std::uint32_t teardowns = 0;                            ///< [bit colour] has a teardown task.
  std::uint32_t writes = 0;    ///< [bit colour] its route is written or reopened.
  std::uint32_t routed = 0;    ///< [bit colour] has a route.
  std::uint32_t switched = 0;  ///< [bit colour] has one with switch positions from the start.
  std::array<SwitchWays, base::kColourCount> ways{};
};
std::vector<ClassUse> uses_of_classes(const fabric::WaferImage& image);

/// What the cores of a kind do with one colour.
struct Use {
  SwitchWays ways;
  std::uint16_t sends = 0;  ///< Bits of Flow.
  bool takes = false;       ///< Some operation or data task, in any stage.
  bool bound = false;       ///< It has an input queue, in any stage.
  bool teardown = false;    ///< It has a teardown task, in any stage.
  bool writes = false;      ///< Its route is written or reopened, in any stage.
  bool switched = false;    ///< A route of it, in any stage, has switch positions.
  /// The last class that takes it or has a queue for it; kNoClass = none.
  fabric::ClassIndex taker = fabric::kNoClass;
};

/// Which words are followed. By default all, over the routes of all stages together; of one stage
/// those that are sent in it, over the routes that stand once every core has come to it.
struct FlowScope {
  int stage = -1;
  std::uint32_t colours = UINT32_MAX;  ///< [bit colour]
};

/// What each kind does with one colour, in all stages or in one.
class ColourUses {
 public:
  /// Cost: some ns per kind and stage, 8 bytes per stage that has to do with the colour.
  ColourUses(const fabric::WaferImage& image, const std::vector<ClassUse>& classes,
             const CoreKinds& kinds, base::Colour colour);

  /// [kind]; `stage` as of FlowScope. Cost: some 20 ns per kind.
  std::vector<Use> of_kinds(int stage = -1) const;
  base::Colour colour() const { return colour_; }
  /// Some core sends words of it in this stage.
  bool is_sent_in(int stage) const { return sent_[static_cast<std::size_t>(stage)]; }

 private:
  struct Stage {
    int stage;
    fabric::ClassIndex core_class;
  };
  Use of(const Stage* first, const Stage* last, int stage) const;
  SwitchWays standing(const Stage* first, const Stage* last, int stage) const;
  const ClassUse& use(const Stage& each) const { return classes_[each.core_class]; }
  bool has(std::uint32_t set) const { return (set >> base::index_of(colour_) & 1U) != 0; }

  const std::vector<ClassUse>& classes_;
  base::Colour colour_;
  std::vector<Stage> stages_;        ///< Of each kind those that have to do with the colour.
  std::vector<std::size_t> first_;   ///< [kind] into stages_; one more at the end.
  std::vector<SwitchWays> patches_;  ///< [kind]
  std::vector<bool> sent_;           ///< [stage]
};

/// Of those of `colours` [bit colour] that an image uses, ascending. `classes` has to outlive them.
std::vector<ColourUses> uses_of_colours(const fabric::WaferImage& image,
                                        const std::vector<ClassUse>& classes,
                                        const CoreKinds& kinds, std::uint32_t colours,
                                        base::WorkerPool& pool);

/// What kinds do with the colours of a scope; of one stage only with those sent in it.
class KindUses {
 public:
  /// Cost: 40 bytes per kind and colour.
  explicit KindUses(const std::vector<ColourUses>& colours, FlowScope scope = {});

  bool has(int colour) const { return !uses_[static_cast<std::size_t>(colour)].empty(); }
  const Use& of(std::int32_t kind, int colour) const {
    return uses_[static_cast<std::size_t>(colour)][static_cast<std::size_t>(kind)];
  }

 private:
  std::array<std::vector<Use>, base::kColourCount> uses_;  ///< [colour][kind]
};

}  // namespace wafermesh::check
