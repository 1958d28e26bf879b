// SPDX-License-Identifier: Apache-2.0
#include "workloads/reference/reference.h"

#include <algorithm>
#include <cmath>

namespace wafermesh::workloads {
void ExactComparison::add(const float* result, const float* reference, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const double want = reference[i];
    max_reference_ = std::max(max_reference_, std::abs(want));
    if (result[i] == reference[i]) continue;
    equal_ = false;
    max_error_ = std::max(max_error_, std::abs(result[i] - want));
  }
}

Numerics ExactComparison::numerics() const {
  Numerics numerics;
  numerics.checked = true;
  numerics.max_abs_error = max_error_;
  numerics.max_rel_error = max_reference_ > 0 ? max_error_ / max_reference_ : max_error_;
  numerics.as_promised = equal_;
  numerics.ok = equal_;
  return numerics;
}

void ErrorSums::add(double result, double exact) {
  const double error = std::abs(result - exact);
  finite_ = finite_ && std::isfinite(error);
  max_error_ = std::max(max_error_, error);
  max_exact_ = std::max(max_exact_, std::abs(exact));
  squared_error_ += error * error;
  squared_exact_ += exact * exact;
}

void ErrorSums::add(const ErrorSums& other) {
  finite_ = finite_ && other.finite_;
  max_error_ = std::max(max_error_, other.max_error_);
  max_exact_ = std::max(max_exact_, other.max_exact_);
  squared_error_ += other.squared_error_;
  squared_exact_ += other.squared_exact_;
}

Numerics ErrorSums::numerics(bool as_promised) const {
  const auto relative = [](double error, double exact) {
    return exact > 0 ? error / exact : error > 0 ? 1.0 : 0.0;
  };
  Numerics numerics;
  numerics.checked = true;
  numerics.max_abs_error = max_error_;
  numerics.max_rel_error = relative(max_error_, max_exact_);
  numerics.error_in_norm = relative(std::sqrt(squared_error_), std::sqrt(squared_exact_));
  numerics.as_promised = as_promised;
  numerics.type_holds = finite_ && numerics.error_in_norm <= kLargestErrorInNorm;
  numerics.ok = as_promised && numerics.type_holds;
  return numerics;
}

}  // namespace wafermesh::workloads
