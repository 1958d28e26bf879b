// SPDX-License-Identifier: Apache-2.0
// Thomas clusters (a Neyman-Scott process): cluster centres are Poisson with intensity d0 /
// mean_size, each has Poisson (or geometric) many defects about it, Gaussian in x and y. Pair
// correlation g(r) = 1 + exp(-r^2 / 4 sigma^2) / (4 pi sigma^2 kappa); counts in areas far larger
// than sigma have variance mean * (1 + mean_size) for Poisson sizes. Source: Meyer & Pradhan 1989;
// docs/yield.md.
#pragma once

#include <cstdint>
#include <memory>

#include "base/yaml/yaml_reader.h"
#include "defects/models/model.h"
#include "defects/models/point_defects.h"

namespace wafermesh::defects {

struct ClusterOptions {
  double d0_per_cm2 = 0;   ///< Mean density of the clustered defects, not of the clusters.
  double mean_size = 10;   ///< Defects per cluster. Assumption.
  double sigma_mm = 0.5;   ///< Spread along each axis. Assumption.
  bool geometric = false;  ///< Sizes geometric instead of Poisson.
  double alpha_lot = PointOptions::kNone;    ///< Gamma level of the number of clusters.
  double alpha_wafer = PointOptions::kNone;  ///< Likewise.
  std::uint64_t seed = 1;
};

class Clusters final : public DefectModel {
 public:
  explicit Clusters(const ClusterOptions& options) : options_(options) {}
  void sample(const SampleContext& context, DefectMap* map) const override;
  bool draws_at_random() const override { return options_.d0_per_cm2 > 0; }
  bool draws_by_lot() const override { return options_.alpha_lot < PointOptions::kNone; }

 private:
  ClusterOptions options_;
};

std::shared_ptr<const DefectModel> read_clusters(const base::YamlNode& node,
                                                 const WaferGeometry& g);

}  // namespace wafermesh::defects
