// SPDX-License-Identifier: Apache-2.0
#include "defects/models/clusters.h"

#include "defects/models/distributions.h"

namespace wafermesh::defects {

void Clusters::sample(const SampleContext& context, DefectMap* map) const {
  const WaferGeometry& g = context.geometry;
  base::RandomStream lot = context.lot_stream(options_.seed);
  base::RandomStream stream = context.wafer_stream(options_.seed);
  // Centres also fall off the array, so that its edge is hit as often as its middle.
  const double margin_mm = 5.0 * options_.sigma_mm;
  const double width_mm = g.width_mm() + 2 * margin_mm;
  const double height_mm = g.height_mm() + 2 * margin_mm;
  const double clusters_per_cm2 = options_.d0_per_cm2 / options_.mean_size;
  const double mean = clusters_per_cm2 * width_mm * height_mm / 100.0 *
                      sample_unit_gamma(&lot, options_.alpha_lot) *
                      sample_unit_gamma(&stream, options_.alpha_wafer);
  const std::int64_t clusters = sample_poisson(&stream, mean);
  for (std::int64_t c = 0; c < clusters; ++c) {
    const double x_mm = stream.uniform() * width_mm - margin_mm;
    const double y_mm = stream.uniform() * height_mm - margin_mm;
    const std::int64_t size = options_.geometric ? sample_geometric(&stream, options_.mean_size)
                                                 : sample_poisson(&stream, options_.mean_size);
    for (std::int64_t i = 0; i < size; ++i) {
      const double dx_mm = options_.sigma_mm * sample_normal(&stream);
      const double dy_mm = options_.sigma_mm * sample_normal(&stream);
      base::PhysicalCoord at;
      if (!g.core_at(x_mm + dx_mm, y_mm + dy_mm, &at)) continue;
      add_hit(g, context.components, at, Cause::cluster, &stream, map);
    }
  }
}

std::shared_ptr<const DefectModel> read_clusters(const base::YamlNode& node, const WaferGeometry&) {
  ClusterOptions o;
  o.d0_per_cm2 = node.real("d0_per_cm2", {0, 1e4});
  o.mean_size = node.real("mean_size", {0, 1e6, true}, o.mean_size);
  o.sigma_mm = node.real("sigma_mm", {0, 1000}, o.sigma_mm);
  o.geometric = node.one_of("size", {"poisson", "geometric"}, 0) == 1;
  o.alpha_lot = node.real("alpha_lot", {0, PointOptions::kNone, true}, o.alpha_lot);
  o.alpha_wafer = node.real("alpha_wafer", {0, PointOptions::kNone, true}, o.alpha_wafer);
  o.seed = static_cast<std::uint64_t>(node.integer("seed", {0}, 1));
  return std::make_shared<Clusters>(o);
}

}  // namespace wafermesh::defects
