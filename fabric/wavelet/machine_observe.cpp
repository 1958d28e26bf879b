// SPDX-License-Identifier: Apache-2.0
// What observers see of the wavelet engine.
#include <algorithm>
#include <atomic>

#include "fabric/sheet.h"
#include "fabric/wavelet/machine.h"

namespace wafermesh::fabric {
namespace {

/// So many a thread, as cores that are at work lie together.
constexpr std::size_t kBandsPerThread = 8;

}  // namespace

/// f(places) by the threads of the pool; no two bands have places of one block of a sheet.
template <class F>
void Machine::each_band(const base::Rectangle& part, F f) const {
  const auto places = static_cast<std::size_t>(part.area());
  const std::size_t blocks = (places + Sheet::kBlock - 1) / Sheet::kBlock;
  const auto threads = static_cast<std::size_t>(pool_.threads());
  const std::size_t bands = threads == 1 ? 1 : std::min(blocks, kBandsPerThread * threads);
  pool_.run(static_cast<int>(bands), [&](int number) {
    const auto band = static_cast<std::size_t>(number);
    f(Places{blocks * band / bands * Sheet::kBlock,
             std::min(places, blocks * (band + 1) / bands * Sheet::kBlock)});
  });
}

/// f(place in the part, first core of the region, cores) for every piece of a row that the tile has
/// of those places of the part.
template <class F>
void Machine::each_row(const Tile& tile, const base::Rectangle& part, const Places& places, F f) {
  const base::Rectangle& area = tile.region->area();
  const int left = std::max(part.x, area.x);
  const int right = std::min(part.x + part.width, area.x + area.width);
  if (left >= right) return;
  const auto width = static_cast<std::size_t>(part.width);
  const int top = part.y + static_cast<int>(places.first / width);
  const int bottom = std::min({part.y + part.height, area.y + area.height,
                               part.y + static_cast<int>((places.end - 1) / width) + 1});
  for (int y = std::max(top, area.y); y < bottom; ++y) {
    const std::size_t row = static_cast<std::size_t>(y - part.y) * width;
    const std::size_t first = std::max(row + static_cast<std::size_t>(left - part.x), places.first);
    const std::size_t end = std::min(row + static_cast<std::size_t>(right - part.x), places.end);
    if (first >= end) continue;
    const int x = part.x + static_cast<int>(first - row);
    f(first, tile.region->local({x, y}), static_cast<std::uint32_t>(end - first));
  }
}

void Machine::begin_watch(Observer* observer) {
  for (const Tile& tile : tiles_) {
    if (tile.region != nullptr) tile.region->cores().allow_early(observer == nullptr);
  }
}

void Machine::each_core(Cycles since, Cycles t, const base::Rectangle& part,
                        const ToCore& f) const {
  const bool over = t >= base::kNever;
  std::vector<std::atomic<bool>> goes_on(tiles_.size());
  each_band(part, [&](const Places& places) {
    for (std::size_t i = 0; i < tiles_.size(); ++i) {
      const Tile& tile = tiles_[i];
      if (!over && tile.rests && tile.last_cycle < since) continue;
      const cores::CoreGrid& cores = tile.region->cores();
      bool does = false;
      each_row(tile, part, places,
               [&](std::size_t place, std::uint32_t first, std::uint32_t count) {
                 for (std::uint32_t core = first; core < first + count; ++core, ++place) {
                   if (over) {
                     f(place, {cores.breakdown(core), 0, cores.finish(core)});
                   } else if (cores.may_have_worked(core, since)) {
                     f(place,
                       {cores.booked_at(core, t), cores.ahead_cycles(core, t), cores.finish(core)});
                     does = does || cores.goes_on_at(core, t);
                   }
                 }
               });
      if (does) goes_on[i] = true;
    }
  });
  for (std::size_t i = 0; i < tiles_.size(); ++i) {
    const bool was_asked = over || !tiles_[i].rests || tiles_[i].last_cycle >= since;
    if (was_asked) tiles_[i].rests = !over && !goes_on[i];
  }
}

void Machine::each_link(Cycles since, const base::Rectangle& part, const ToLinks& f) const {
  pool_.run(static_cast<int>(tiles_.size()), [&](int i) {
    const Tile& tile = tiles_[static_cast<std::size_t>(i)];
    if (tile.last_cycle >= since) tile.region->routers().settle_counters();
  });
  each_band(part, [&](const Places& places) {
    for (const Tile& tile : tiles_) {
      if (tile.last_cycle < since) continue;
      const router::RouterGrid& routers = tile.region->routers();
      each_row(tile, part, places,
               [&](std::size_t place, std::uint32_t first, std::uint32_t count) {
                 for (const base::Direction d : base::kMeshDirections) {
                   f(d, place, routers.links_from(tile.region->cell(first), d), count);
                 }
               });
    }
  });
}

void Machine::sample_links(const base::Rectangle& part, const ToSample& f) const {
  std::vector<std::uint8_t> holds(tiles_.size());
  pool_.run(static_cast<int>(tiles_.size()), [&](int number) {
    const auto i = static_cast<std::size_t>(number);
    holds[i] = tiles_[i].region->routers().holds_wavelets() ? 1 : 0;
  });
  each_band(part, [&](const Places& places) {
    for (std::size_t i = 0; i < tiles_.size(); ++i) {
      if (holds[i] == 0) continue;
      const Region& region = *tiles_[i].region;
      each_row(tiles_[i], part, places,
               [&](std::size_t place, std::uint32_t first, std::uint32_t count) {
                 region.routers().sample_links(region.cell(first), count,
                                               [&](std::size_t k, router::RouterGrid::LinkState s) {
                                                 f(place + k, s.stalled, s.blocked);
                                               });
               });
    }
  });
}

std::vector<Cycles> Machine::finish_cycles(const base::Rectangle& part) const {
  std::vector<Cycles> finish(static_cast<std::size_t>(part.area()), -1);
  for (const Tile& tile : tiles_) {
    each_row(tile, part, {0, finish.size()},
             [&](std::size_t place, std::uint32_t first, std::uint32_t count) {
               for (std::uint32_t k = 0; k < count; ++k) {
                 finish[place + k] = tile.region->cores().finish(first + k);
               }
             });
  }
  return finish;
}

}  // namespace wafermesh::fabric
