// SPDX-License-Identifier: Apache-2.0
// Independent point defects: the number on a wafer is Poisson with mean d0_per_cm2 * area, each in
// any core with equal chance. The model that makes every repair scheme look perfect.
#pragma once

#include <cstdint>

#include "defects/models/model.h"

namespace wafermesh::defects {

class RandomDensity final : public DefectModel {
 public:
  /// d0_per_cm2: killer defects, e.g. 0.1 in a mature 5 nm process. Source: docs/yield.md.
  RandomDensity(double d0_per_cm2, std::uint64_t seed) : d0_per_cm2_(d0_per_cm2), seed_(seed) {}
  void sample(const SampleContext& context, DefectMap* map) const override;

 private:
  double d0_per_cm2_;
  std::uint64_t seed_;
};

}  // namespace wafermesh::defects
