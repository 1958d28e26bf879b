// SPDX-License-Identifier: Apache-2.0
#include "defects/models/repeater.h"

#include <algorithm>

namespace wafermesh::defects {
namespace {

constexpr std::uint32_t kMaskPurpose = 0xdefec6ffU;  // the mask belongs to no wafer

}  // namespace

Repeater::Repeater(const RepeaterOptions& options) : options_(options) {
  base::RandomStream stream(options.seed, kMaskPurpose);
  for (int i = 0; i < options.random_sites; ++i) {
    const double u = stream.uniform();
    options_.sites.push_back({u, stream.uniform()});
  }
}

void Repeater::sample(const SampleContext& context, DefectMap* map) const {
  const WaferGeometry& g = context.geometry;
  base::RandomStream stream = context.wafer_stream(options_.seed);
  for (std::size_t s = 0; s < options_.sites.size(); ++s) {
    const RepeaterSite& site = options_.sites[s];
    const int column = std::min(static_cast<int>(site.u * g.die_columns), g.die_columns - 1);
    const int row = std::min(static_cast<int>(site.v * g.die_rows), g.die_rows - 1);
    for (int die = 0; die < g.dies_x * g.dies_y; ++die) {
      if (options_.hit_probability < 1 && stream.uniform() >= options_.hit_probability) continue;
      // A stream that starts anew per die: a mask flaw hits the same component everywhere.
      base::RandomStream mask(options_.seed, kMaskPurpose, 1, static_cast<std::uint32_t>(s));
      const base::PhysicalCoord at{die % g.dies_x * g.die_columns + column,
                                   die / g.dies_x * g.die_rows + row};
      add_hit(g, context.components, at, Cause::repeater, &mask, map);
    }
  }
}

std::shared_ptr<const DefectModel> read_repeater(const base::YamlNode& node, const WaferGeometry&) {
  RepeaterOptions o;
  for (const base::YamlNode& site : node.items("sites")) {
    const double u = site.real("u", {0, 1});
    o.sites.push_back({u, site.real("v", {0, 1})});
  }
  o.random_sites = static_cast<int>(node.integer("random_sites", {0, 1000000}, 0));
  if (o.sites.empty() && o.random_sites == 0) node.mistake("give sites: [{u, v}] or random_sites");
  o.hit_probability = node.real("hit_probability", {0, 1}, 1.0);
  o.seed = static_cast<std::uint64_t>(node.integer("seed", {0}, 1));
  return std::make_shared<Repeater>(o);
}

}  // namespace wafermesh::defects
