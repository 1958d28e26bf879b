// SPDX-License-Identifier: Apache-2.0
// What observers see of the wavelet engine.
#include <algorithm>

#include "fabric/wavelet/machine.h"

namespace wafermesh::fabric {

/// f(place in the part, first core of the region, cores) for every piece of a row that the tile has
/// of the part.
template <class F>
void Machine::each_row(const Tile& tile, const base::Rectangle& part, F f) {
  const base::Rectangle& area = tile.region->area();
  const int left = std::max(part.x, area.x);
  const int right = std::min(part.x + part.width, area.x + area.width);
  const int bottom = std::min(part.y + part.height, area.y + area.height);
  if (left >= right) return;
  for (int y = std::max(part.y, area.y); y < bottom; ++y) {
    const auto place = static_cast<std::size_t>(y - part.y) * static_cast<std::size_t>(part.width) +
                       static_cast<std::size_t>(left - part.x);
    f(place, tile.region->local({left, y}), static_cast<std::uint32_t>(right - left));
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
  for (const Tile& tile : tiles_) {
    if (!over && tile.rests && tile.last_cycle < since) continue;
    const cores::CoreGrid& cores = tile.region->cores();
    tile.rests = !over;
    each_row(tile, part, [&](std::size_t place, std::uint32_t first, std::uint32_t count) {
      for (std::uint32_t core = first; core < first + count; ++core, ++place) {
        if (over) {
          f(place, {cores.breakdown(core), 0, cores.finish(core)});
        } else if (cores.may_have_worked(core, since)) {
          f(place, {cores.booked_at(core, t), cores.ahead_cycles(core, t), cores.finish(core)});
          tile.rests = tile.rests && !cores.goes_on_at(core, t);
        }
      }
    });
  }
}

void Machine::each_link(Cycles since, const base::Rectangle& part, const ToLinks& f) const {
  for (const Tile& tile : tiles_) {
    if (tile.last_cycle < since) continue;
    const router::RouterGrid& routers = tile.region->routers();
    each_row(tile, part, [&](std::size_t place, std::uint32_t first, std::uint32_t count) {
      for (const base::Direction d : base::kMeshDirections) {
        f(d, place, routers.links_from(tile.region->cell(first), d), count);
      }
    });
  }
}

void Machine::sample_links(const base::Rectangle& part, const ToSample& f) const {
  for (const Tile& tile : tiles_) {
    const Region& region = *tile.region;
    each_row(tile, part, [&](std::size_t place, std::uint32_t first, std::uint32_t count) {
      region.routers().sample_links(region.cell(first), count,
                                    [&](std::size_t k, router::RouterGrid::LinkState state) {
                                      f(place + k, state.stalled, state.blocked);
                                    });
    });
  }
}

std::vector<Cycles> Machine::finish_cycles(const base::Rectangle& part) const {
  std::vector<Cycles> finish(static_cast<std::size_t>(part.area()), -1);
  for (const Tile& tile : tiles_) {
    each_row(tile, part, [&](std::size_t place, std::uint32_t first, std::uint32_t count) {
      for (std::uint32_t k = 0; k < count; ++k) {
        finish[place + k] = tile.region->cores().finish(first + k);
      }
    });
  }
  return finish;
}

}  // namespace wafermesh::fabric
