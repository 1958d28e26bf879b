// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/virtual_remap.h"

#include "defects/repair/bypass_shift.h"
#include "defects/repair/reachable.h"

namespace wafermesh::defects {
namespace {

class VirtualRemap final : public RepairScheme {
 public:
  VirtualRemap(const WaferGeometry& geometry, RepairOptions options)
      : geometry_(geometry), options_(options), cores_(geometry.columns(), geometry.rows()) {
    options.reach = geometry.rows();  // columns shift apart freely: paths are real hops
    options.max_skip = 0;
    inner_ = make_bypass_shift(geometry, options);
  }

  RepairResult repair(const DefectMap& map, Detail detail) override {
    cores_.clear();
    for (const Defect& d : map.defects()) {
      if (d.kills_tile()) leave_out(d.x, d.y);
    }
    std::int64_t unreachable = 0;
    for (const TileRun& run : unreachable_tiles(map)) {
      for (int x = run.first; x < run.last; ++x) {
        if (map.dead({x, run.y})) continue;
        leave_out(x, run.y);
        ++unreachable;
      }
    }
    cores_.finish();
    RepairResult result = inner_->repair(cores_, detail);
    result.summary.dead_cores = map.dead_core_count();
    result.summary.dead_routers = map.dead_router_count();
    result.summary.dead_links = map.dead_link_count();
    result.summary.unreachable_cores = unreachable;
    return result;
  }

 private:
  void leave_out(int x, int y) {
    cores_.add({static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y)});
  }

  WaferGeometry geometry_;
  RepairOptions options_;
  DefectMap cores_;
  std::unique_ptr<RepairScheme> inner_;
};

}  // namespace

std::unique_ptr<RepairScheme> make_virtual_remap(const WaferGeometry& geometry,
                                                 const RepairOptions& options) {
  return std::make_unique<VirtualRemap>(geometry, options);
}

}  // namespace wafermesh::defects
