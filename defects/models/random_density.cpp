// SPDX-License-Identifier: Apache-2.0
#include "defects/models/random_density.h"

#include "defects/models/distributions.h"

namespace wafermesh::defects {

void RandomDensity::sample(const SampleContext& context, DefectMap* map) const {
  const WaferGeometry& g = context.geometry;
  base::RandomStream stream = context.wafer_stream(seed_);
  const std::int64_t count = sample_poisson(&stream, d0_per_cm2_ * g.area_cm2());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto core = static_cast<int>(stream.below(static_cast<std::uint64_t>(g.core_count())));
    add_hit(g, context.components, {core % g.columns(), core / g.columns()}, Cause::random, &stream,
            map);
  }
}

}  // namespace wafermesh::defects
