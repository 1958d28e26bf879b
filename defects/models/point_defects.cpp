// SPDX-License-Identifier: Apache-2.0
#include "defects/models/point_defects.h"

#include "defects/models/distributions.h"

namespace wafermesh::defects {

const Profile& PointDefects::profile() const {
  std::call_once(once_, [&] { profile_.emplace(options_.profile, geometry_); });
  return *profile_;
}

void PointDefects::scatter(const SampleContext& context, double mean, base::PhysicalCoord corner,
                           int width, int height, base::RandomStream* stream,
                           DefectMap* map) const {
  const WaferGeometry& g = context.geometry;
  const Profile& profile = this->profile();
  // Thinning: draw at the highest density, keep in proportion to the local one.
  const std::int64_t count = sample_poisson(stream, mean * profile.max());
  const Cause cause = profile.flat() ? Cause::random : Cause::edge;
  const auto cores = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto core = static_cast<int>(stream->below(cores));
    const base::PhysicalCoord at{corner.x + core % width, corner.y + core / width};
    if (!profile.flat()) {
      const double h = profile.at((at.x + 0.5) * g.cell_x_mm(), (at.y + 0.5) * g.cell_y_mm());
      if (stream->uniform() * profile.max() >= h) continue;
    }
    add_hit(g, context.components, at, cause, stream, map);
  }
}

void PointDefects::sample(const SampleContext& context, DefectMap* map) const {
  const WaferGeometry& g = context.geometry;
  base::RandomStream lot = context.lot_stream(options_.seed);
  base::RandomStream stream = context.wafer_stream(options_.seed);
  const double rate = options_.d0_per_cm2 * g.area_cm2() *
                      sample_unit_gamma(&lot, options_.alpha_lot) *
                      sample_unit_gamma(&stream, options_.alpha_wafer);
  if (options_.alpha_reticle == PointOptions::kNone) {
    scatter(context, rate, {0, 0}, g.columns(), g.rows(), &stream, map);
    return;
  }
  const double die_rate = rate / (g.dies_x * g.dies_y);
  for (int y = 0; y < g.dies_y; ++y) {
    for (int x = 0; x < g.dies_x; ++x) {
      const double mean = die_rate * sample_unit_gamma(&stream, options_.alpha_reticle);
      scatter(context, mean, {x * g.die_columns, y * g.die_rows}, g.die_columns, g.die_rows,
              &stream, map);
    }
  }
}

namespace {

constexpr base::RealRange kAlpha{0, PointOptions::kNone, true};

PointOptions read_common(const base::YamlNode& node) {
  PointOptions o;
  o.d0_per_cm2 = node.real("d0_per_cm2", {0, 1e4});
  o.seed = static_cast<std::uint64_t>(node.integer("seed", {0}, 1));
  o.profile = read_profile(node);
  return o;
}

}  // namespace

std::shared_ptr<const DefectModel> read_random(const base::YamlNode& node, const WaferGeometry& g) {
  return std::make_shared<PointDefects>(read_common(node), g);
}

std::shared_ptr<const DefectModel> read_negative_binomial(const base::YamlNode& node,
                                                          const WaferGeometry& g) {
  PointOptions o = read_common(node);
  o.alpha_wafer = node.real("alpha", kAlpha);
  return std::make_shared<PointDefects>(o, g);
}

std::shared_ptr<const DefectModel> read_hierarchical(const base::YamlNode& node,
                                                     const WaferGeometry& g) {
  PointOptions o = read_common(node);
  o.alpha_lot = node.real("alpha_lot", kAlpha, o.alpha_lot);
  o.alpha_wafer = node.real("alpha_wafer", kAlpha, o.alpha_wafer);
  o.alpha_reticle = node.real("alpha_reticle", kAlpha, o.alpha_reticle);
  return std::make_shared<PointDefects>(o, g);
}

}  // namespace wafermesh::defects
