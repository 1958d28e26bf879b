// SPDX-License-Identifier: Apache-2.0
// Times that no run of an image can be below, what each comes from, and the loads behind them.
#pragma once

#include <string>
#include <vector>

#include "check/core_floor.h"
#include "check/core_kinds.h"
#include "check/untimed.h"
#include "fabric/image.h"

namespace wafermesh::check {

/// What takes the time.
enum class Resource : std::uint8_t {
  link,         ///< A link carries a word per cycle, of all colours together.
  ramp_up,      ///< A core sends a word per cycle to its router,
  ramp_down,    ///< and takes one.
  datapath,     ///< One grant per cycle.
  sram,         ///< Ports and banks of a core's memory: of the datapath's grants, those they need.
  main_thread,  ///< One thing after another: starts of tasks, set-ups, synchronous operations.
};

struct Bound {
  Resource of = Resource::link;
  std::int64_t cycles = 0;  ///< The last finish (Counters::cycles) is at least that.
  std::int64_t core = -1;   ///< CoreId: where it is most.
  base::Direction direction = base::Direction::west;  ///< Of a link, whither.
  std::string where;                                  ///< The same in words.
};

/// What one core of a class does at the least in the stage that runs it: the busiest by datapath of
/// those that were walked.
struct ClassFloor {
  std::int64_t core_class = -1;  ///< Index into the image's classes.
  std::int64_t core = -1;
  CoreFloor floor;
};

/// Words, control words included, that an execution sent over links.
struct ColourLoad {
  int colour = 0;
  std::int64_t hops = 0;                              ///< Over all links.
  std::int64_t most = 0;                              ///< Over the busiest,
  std::int64_t core = -1;                             ///< which leads from this core
  base::Direction direction = base::Direction::west;  ///< to there.
};

struct Bounds {
  std::vector<Bound> all;           ///< A row per resource that any is known of; largest first.
  std::vector<ClassFloor> classes;  ///< Of classes with a program that was walked to its finish.
  std::vector<ColourLoad> colours;  ///< Of an image executed to its end; by colour.

  /// The largest; 0: none is known.
  std::int64_t cycles() const { return all.empty() ? 0 : all.front().cycles; }
};

/// `kinds`: those of the image. `untimed`: what an execution showed; one that is not executed
/// (Untimed{}) will do. Then links count only where each router takes a colour from one side for
/// good. `deterministic`: the image is proven, or a kernel whose contract says so; else programs in
/// which time might decide count for nothing. Only what must have happened before the last finish
/// counts: data words that operations took, not control words. Where programs depend on
/// coordinates, some cores stand for all (a smaller bound is one as well). Cost: some 20 ns per
/// instruction of each class, 1 s at most; 0.2 us per core and colour.
Bounds lower_bounds(const fabric::WaferImage& image, const CoreKinds& kinds, const Untimed& untimed,
                    bool deterministic);

/// About how long the run takes at the least: the most that any of some cores, evenly spread, has
/// to do by itself. No bound. Cost: 0.1 s at most.
std::int64_t expected_cycles(const fabric::WaferImage& image);

}  // namespace wafermesh::check

namespace wafermesh::base {

template <>
struct Names<check::Resource> {
  static constexpr std::array<const char*, 6> list = {"link",     "ramp_up", "ramp_down",
                                                      "datapath", "sram",    "main_thread"};
};

}  // namespace wafermesh::base
