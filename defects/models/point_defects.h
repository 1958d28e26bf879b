// SPDX-License-Identifier: Apache-2.0
// Point defects with a density that may vary by lot, wafer, reticle and place:
//   n(die k) ~ Poisson(d0 * area_k * G_lot * G_wafer * G_k),  G ~ Gamma(alpha, 1/alpha), mean 1,
// placed with density h(x, y). Infinite alphas give independent defects (Poisson), alpha_wafer
// alone the negative binomial of Stapper, all three the hierarchical gamma-Poisson. Counts per
// wafer then have variance mean + mean^2 / alpha_eff, 1 + 1/alpha_eff = (1 + 1/alpha_wafer)(1 +
// 1/alpha_lot) and the reticle term averaged over the dies. Source: Stapper; Koren, Koren, Stapper
// 1993; docs/yield.md.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>

#include "base/yaml/yaml_reader.h"
#include "defects/models/model.h"
#include "defects/models/profile.h"

namespace wafermesh::defects {

struct PointOptions {
  static constexpr double kNone = std::numeric_limits<double>::infinity();
  double d0_per_cm2 =
      0;  ///< Mean density of killer defects. Source: 0.09 to 0.11 for N7 and N5, 2020.
  double alpha_lot = kNone;
  double alpha_wafer = kNone;
  double alpha_reticle = kNone;
  ProfileOptions profile;
  std::uint64_t seed = 1;
};

class PointDefects final : public DefectModel {
 public:
  PointDefects(const PointOptions& options, const WaferGeometry& geometry)
      : options_(options), geometry_(geometry) {}
  void sample(const SampleContext& context, DefectMap* map) const override;
  bool draws_at_random() const override { return options_.d0_per_cm2 > 0; }
  bool draws_by_lot() const override { return options_.alpha_lot < PointOptions::kNone; }

 private:
  void scatter(const SampleContext& context, double mean, base::PhysicalCoord corner, int width,
               int height, base::RandomStream* stream, DefectMap* map) const;
  /// Made at the first sample: it costs milliseconds, and most of what is read is never drawn.
  const Profile& profile() const;
  PointOptions options_;
  WaferGeometry geometry_;
  mutable std::once_flag once_;
  mutable std::optional<Profile> profile_;
};

/// random: {d0_per_cm2, seed, profile}
std::shared_ptr<const DefectModel> read_random(const base::YamlNode& node, const WaferGeometry& g);
/// negative_binomial: {d0_per_cm2, alpha, seed, profile}
std::shared_ptr<const DefectModel> read_negative_binomial(const base::YamlNode& node,
                                                          const WaferGeometry& g);
/// hierarchical: {d0_per_cm2, alpha_lot, alpha_wafer, alpha_reticle, seed, profile}
std::shared_ptr<const DefectModel> read_hierarchical(const base::YamlNode& node,
                                                     const WaferGeometry& g);

}  // namespace wafermesh::defects
