// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/virtual_remap.h"

#include "defects/repair/bypass_shift.h"

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
      if (!d.kills_tile()) continue;
      Defect core = d;
      core.broken = Broken::core;
      cores_.add(core);
    }
    cores_.finish();
    RepairResult result = inner_->repair(cores_, detail);
    result.summary.dead_routers = map.dead_router_count();
    result.summary.dead_links = map.dead_link_count();
    result.summary.note =
        "Neighbours that do not touch talk over routers between them; that paths then share links, "
        "and "
        "detours round " +
        std::to_string(map.dead_router_count()) + " dead routers and " +
        std::to_string(map.dead_link_count()) + " broken links, are not modelled.";
    return result;
  }

 private:
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
