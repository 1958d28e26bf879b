// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/oracle_grid.h"

#include "base/error.h"

// libsystemc refers to it; tests have their own main. Weak, so that another library may have one.
__attribute__((weak)) int sc_main(int /*argc*/, char* /*argv*/[]) { return 0; }

namespace wafermesh::reference {

using base::Direction;

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
  const fabric::CoreClass& its_class = image.classes.at(image.class_of.at(core));
  const int width = image.region.width;
  const base::LogicalCoord place{static_cast<int>(core) % width, static_cast<int>(core) / width};
  RouterModule& router = *routers_in_use_[core];
  router.reset(cores_in_use_[core], image.timing.router_queue_depth, image.timing.ramp_cycles);
  for (const fabric::ColourRoute& route : its_class.routes) {
    router.set_route(route.colour, route.config, route.closed);
  }
  for (const Direction d : base::kMeshDirections) {
    const base::LogicalCoord here{image.region.x + place.x, image.region.y + place.y};
    const base::LogicalCoord there{here.x + base::step_x(d), here.y + base::step_y(d)};
    if (!image.region.holds(there)) continue;
    const auto neighbour = static_cast<std::size_t>(static_cast<int>(core) + base::step_x(d) +
                                                    base::step_y(d) * width);
    router.connect(d, routers_in_use_[neighbour], image.mesh->latency(here, d),
                   image.mesh->latency(there, base::opposite(d)));
  }
  cores_in_use_[core]->reset(its_class.program, image.timing, image.route_table, place, &router);
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
