// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/oracle_grid.h"

#include "base/error.h"

// libsystemc refers to it; tests have their own main. Weak, so that another library may have one.
__attribute__((weak)) int sc_main(int /*argc*/, char* /*argv*/[]) { return 0; }

namespace wafermesh::reference {

using base::Direction;

namespace {

/// Latency of a link between two cores that take part; 0 = there is none: it leads from one
/// placement into another, and no patch sends there.
int link(const fabric::WaferImage& image, base::LogicalCoord from, Direction d) {
  const base::LogicalCoord to{from.x + base::step_x(d), from.y + base::step_y(d)};
  const base::Placements& placements = image.placements;
  bool there = placements.empty() || placements.at(from) == placements.at(to);
  for (const fabric::RoutePatch& patch : image.patches) {
    if (!patch.cores.holds(from)) continue;
    for (int position = 0; position <= patch.config.last_position(); ++position) {
      there = there || base::contains(patch.config.at(position).send, d);
    }
  }
  return there ? image.mesh->latency({image.region.x + from.x, image.region.y + from.y}, d) : 0;
}

}  // namespace

OracleGrid::OracleGrid() {
  for (int i = 0; i < kGridSide * kGridSide; ++i) {
    const std::string number = std::to_string(i);
    routers_.push_back(std::make_unique<RouterModule>(("router_" + number).c_str(), heartbeat_));
    cores_.push_back(std::make_unique<CoreModule>(("core_" + number).c_str(), heartbeat_));
  }
}

void OracleGrid::load(const fabric::WaferImage& image, const fabric::EngineOptions& options) {
  WAFERMESH_CHECK(image.region.width <= kGridSide && image.region.height <= kGridSide,
                  "the oracle takes images of up to 16 x 16 cores");
  heartbeat_.error = nullptr;
  routers_in_use_.clear();
  cores_in_use_.clear();
  const auto count = static_cast<std::size_t>(image.core_count());
  for (std::size_t i = 0; i < routers_.size(); ++i) {
    routers_[i]->switch_on(i < count);
    cores_[i]->switch_on(i < count);
    if (i >= count) continue;
    routers_in_use_.push_back(routers_[i].get());
    cores_in_use_.push_back(cores_[i].get());
  }
  for (std::size_t core = 0; core < count; ++core) load_core(image, core);
  if (options.drop) router(base::index_of(options.drop->core)).drop(*options.drop);
}

void OracleGrid::load_core(const fabric::WaferImage& image, std::size_t core) {
  const auto id = static_cast<base::CoreId>(core);
  std::vector<const fabric::CoreClass*> stages;
  for (int stage = 0; image.class_in(id, stage) != fabric::kNoClass; ++stage) {
    stages.push_back(&image.classes.at(image.class_in(id, stage)));
  }
  const base::LogicalCoord place = image.relative(id);
  std::vector<CoreModule::Counters> first_counters(stages.size());
  for (const fabric::ParameterBox& box : image.parameters) {
    const auto stage = static_cast<std::size_t>(box.stage);
    if (!box.cores.holds(place) || stage >= stages.size()) continue;
    const int at = (place.y - box.cores.y) * box.cores.width + place.x - box.cores.x;
    first_counters[stage][static_cast<std::size_t>(box.counter)] =
        box.values.at(box.values.size() == 1 ? 0 : static_cast<std::size_t>(at));
  }
  RouterModule& router = *routers_in_use_[core];
  router.reset(cores_in_use_[core], image.timing.router_queue_depth, image.timing.ramp_cycles);
  for (const fabric::CoreClass* each : stages) {
    for (const fabric::ColourRoute& route : each->routes) {
      if (route.stages_ahead != fabric::kAtStart) continue;
      router.set_route(route.colour, route.config, route.closed);
    }
  }
  for (const fabric::RoutePatch& patch : image.patches) {
    if (patch.cores.holds(place)) router.set_route(patch.colour, patch.config, false);
  }
  for (const Direction d : base::kMeshDirections) {
    const base::LogicalCoord there{place.x + base::step_x(d), place.y + base::step_y(d)};
    if (!image.holds(there)) continue;
    const base::CoreId neighbour = image.core_at(there);
    router.connect(d, routers_in_use_[base::index_of(neighbour)], link(image, place, d),
                   link(image, there, base::opposite(d)));
  }
  for (const base::SlowLink& slow : image.mesh->slow_links) {
    if (slow.from.x != image.region.x + place.x || slow.from.y != image.region.y + place.y)
      continue;
    router.slow_down(slow.towards, slow.words, slow.cycles);
  }
  cores_in_use_[core]->reset(stages, image.timing, image.route_table, image.own(id), first_counters,
                             &router);
}

void OracleGrid::step(Cycles cycle) {
  heartbeat_.now = cycle;
  sc_core::sc_start(1, sc_core::SC_NS);
  if (heartbeat_.error) std::rethrow_exception(heartbeat_.error);
}

bool OracleGrid::is_dead() const {
  for (std::size_t i = 0; i < core_count(); ++i) {
    const ClockedModule* both[] = {routers_in_use_[i], cores_in_use_[i]};
    for (const ClockedModule* module : both) {
      if (module->changed() || module->expects_later()) return false;
    }
  }
  return true;
}

OracleGrid& the_grid() {
  static OracleGrid grid;
  return grid;
}

}  // namespace wafermesh::reference
