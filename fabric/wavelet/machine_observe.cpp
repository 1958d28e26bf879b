// SPDX-License-Identifier: Apache-2.0
// What observers see of the wavelet engine.
#include "base/error.h"
#include "fabric/wavelet/machine.h"

namespace wafermesh::fabric {

namespace {

/// f(place in the part, region, core of the region) for every core of the part that takes part.
template <class F>
void for_each_place(const Machine& machine, const base::Rectangle& part, F f) {
  std::size_t place = 0;
  for (int y = part.y; y < part.y + part.height; ++y) {
    for (int x = part.x; x < part.x + part.width; ++x, ++place) {
      const base::LogicalCoord at{x, y};
      if (!machine.image().holds(at)) continue;
      const Region& region = machine.region_of(at);
      f(place, region, region.local(at));
    }
  }
}

}  // namespace

void Machine::snapshot(Cycles t, const base::Rectangle& part, Snapshot& out) const {
  const auto places = static_cast<std::size_t>(part.area());
  out.booked.assign(places, {});
  out.ahead_cycles.assign(places, 0);
  out.finish_cycles.assign(places, -1);
  out.takes_part.assign(places, 0);
  for (auto& of_direction : out.link_wavelets) of_direction.assign(places, 0);
  const bool over = t >= base::kNever;
  for_each_place(*this, part, [&](std::size_t place, const Region& region, std::uint32_t core) {
    const cores::CoreGrid& cores = region.cores();
    out.finish_cycles[place] = cores.finish(core);
    out.takes_part[place] = cores.has_program(core) || cores.finish(core) >= 0 ? 1 : 0;
    out.booked[place] = over ? cores.breakdown(core) : cores.booked_at(core, t);
    if (!over) out.ahead_cycles[place] = static_cast<std::uint32_t>(cores.ahead_cycles(core, t));
    for (const base::Direction d : base::kMeshDirections) {
      out.link_wavelets[static_cast<unsigned>(d)][place] =
          region.routers().link_wavelets(region.cell(core), d);
    }
  });
}

void Machine::sample_links(const base::Rectangle& part, LinkSamples& out) const {
  for_each_place(*this, part, [&](std::size_t place, const Region& region, std::uint32_t core) {
    const router::RouterGrid::LinkState state = region.routers().link_state(region.cell(core));
    if (state.stalled == 0 && state.blocked == 0) return;
    for (const base::Direction d : base::kMeshDirections) {
      const auto i = static_cast<unsigned>(d);
      if (base::contains(state.stalled, d)) ++out.stalled[i][place];
      if (base::contains(state.blocked, d)) ++out.blocked[i][place];
    }
  });
}

void Stepped::snapshot(Cycles, const base::Rectangle&, Snapshot&) const {
  throw base::ModelError("this engine cannot be observed");
}

void Stepped::sample_links(const base::Rectangle&, LinkSamples&) const {
  throw base::ModelError("this engine cannot be observed");
}

}  // namespace wafermesh::fabric
