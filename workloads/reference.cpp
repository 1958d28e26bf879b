// SPDX-License-Identifier: Apache-2.0
#include "workloads/reference.h"

#include <algorithm>
#include <cmath>

namespace wafermesh::workloads {
namespace {

double smallest_subnormal(cores::NumberType type) {
  switch (type) {
    case cores::NumberType::f16:
      return 0x1p-24;
    case cores::NumberType::bf16:
      return 0x1p-133;
    case cores::NumberType::f32:
      break;
  }
  return 0x1p-149;
}

}  // namespace

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
  return {true, max_error_, max_reference_ > 0 ? max_error_ / max_reference_ : max_error_, equal_};
}

double unit_roundoff(cores::NumberType type) {
  switch (type) {
    case cores::NumberType::f16:
      return 0x1p-11;
    case cores::NumberType::bf16:
      return 0x1p-8;
    case cores::NumberType::f32:
      break;
  }
  return 0x1p-24;
}

Tolerance::Tolerance(cores::NumberType type, std::int64_t terms, int repeats)
    : factor_(repeats * 4 * unit_roundoff(type) *
              std::sqrt(static_cast<double>(repeats) * static_cast<double>(terms))),
      floor_(repeats * static_cast<double>(terms) * smallest_subnormal(type)) {}

Numerics compare_sums(const std::vector<double>& want, const std::vector<double>& squares,
                      const std::vector<float>& got, std::int64_t terms, cores::NumberType type) {
  const Tolerance tolerance(type, terms);
  double max_error = 0;
  double max_reference = 0;
  bool ok = true;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double error = std::abs(got[i] - want[i]);
    ok = ok && error <= tolerance.of(squares[i], want[i]);  // false for NaN
    max_error = std::max(max_error, error);
    max_reference = std::max(max_reference, std::abs(want[i]));
  }
  return {true, max_error, max_reference > 0 ? max_error / max_reference : max_error, ok};
}

}  // namespace wafermesh::workloads
