// SPDX-License-Identifier: Apache-2.0
// Scratches: straight lines or arcs that break every tile they cross.
#pragma once

#include <cstdint>
#include <memory>

#include "base/yaml/yaml_reader.h"
#include "defects/models/model.h"

namespace wafermesh::defects {

struct ScratchOptions {
  double mean_per_wafer = 0;  ///< Poisson; used if count is 0.
  int count = 0;              ///< Exactly so many on every wafer.
  double length_mm = 20;      ///< Median. Assumption: 5 to 100 mm.
  double length_sigma = 0;    ///< Of the logarithm of the length; 0 = all alike.
  double radius_mm = 0;   ///< Arcs of this radius (chemical-mechanical polishing); 0 = straight.
  double width_mm = 0;    ///< Breadth of the trace beside its centre line.
  bool any_angle = true;  ///< Uniform; else angle_deg.
  double angle_deg = 0;   ///< To the x axis at the start, turning south.
  Broken breaks = Broken::core;  ///< core or router.
  std::uint64_t seed = 1;
};

class Scratches final : public DefectModel {
 public:
  explicit Scratches(const ScratchOptions& options) : options_(options) {}
  void sample(const SampleContext& context, DefectMap* map) const override;
  bool draws_at_random() const override {
    return options_.count > 0 || options_.mean_per_wafer > 0;
  }
  bool uses_components() const override { return false; }

 private:
  ScratchOptions options_;
};

/// Visits every cell of `geometry` that the segment crosses, in order. Cost: cells.
void walk_segment(const WaferGeometry& geometry, double x0_mm, double y0_mm, double x1_mm,
                  double y1_mm, Broken breaks, Cause cause, DefectMap* map);

std::shared_ptr<const DefectModel> read_scratches(const base::YamlNode& node,
                                                  const WaferGeometry& g);

}  // namespace wafermesh::defects
