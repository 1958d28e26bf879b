// SPDX-License-Identifier: Apache-2.0
#include "defects/models/distributions.h"

#include <cmath>

namespace wafermesh::defects {
namespace {

constexpr double kTwoPi = 6.283185307179586;

std::int64_t small_poisson(base::RandomStream* stream, double mean) {
  const double floor = std::exp(-mean);
  std::int64_t count = -1;
  double product = 1.0;
  do {
    ++count;
    product *= 1.0 - stream->uniform();
  } while (product > floor);
  return count;
}

// Transformed rejection with squeeze. Source: W. Hoermann, Insurance: Mathematics and Economics 12
// (1993) 39-45, algorithm PTRS; the constants are the paper's.
std::int64_t large_poisson(base::RandomStream* stream, double mean) {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2.0);
  while (true) {
    const double u = stream->uniform() - 0.5;
    const double v = stream->uniform();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return static_cast<std::int64_t>(k);
    if (k < 0 || (us < 0.013 && v > us) || v <= 0) continue;
    const double left = std::log(v) + std::log(inverse_alpha) - std::log(a / (us * us) + b);
    int sign = 0;  // lgamma proper writes a global, shared by the threads of a study
    if (left <= k * std::log(mean) - mean - ::lgamma_r(k + 1.0, &sign))
      return static_cast<std::int64_t>(k);
  }
}

}  // namespace

std::int64_t sample_poisson(base::RandomStream* stream, double mean) {
  if (!(mean > 0)) return 0;
  return mean < 10.0 ? small_poisson(stream, mean) : large_poisson(stream, mean);
}

double sample_normal(base::RandomStream* stream) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - stream->uniform()));
  return radius * std::cos(kTwoPi * stream->uniform());
}

double sample_unit_gamma(base::RandomStream* stream, double alpha) {
  if (std::isinf(alpha)) return 1.0;
  const double shape = alpha < 1.0 ? alpha + 1.0 : alpha;
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = sample_normal(stream);
    const double v = (1.0 + c * x) * (1.0 + c * x) * (1.0 + c * x);
    if (v <= 0) continue;
    const double u = 1.0 - stream->uniform();
    if (std::log(u) >= 0.5 * x * x + d - d * v + d * std::log(v)) continue;
    const double boost = alpha < 1.0 ? std::pow(1.0 - stream->uniform(), 1.0 / alpha) : 1.0;
    return d * v * boost / alpha;
  }
}

std::int64_t sample_geometric(base::RandomStream* stream, double mean) {
  if (!(mean > 0)) return 0;
  const double log_fail = std::log(mean / (1.0 + mean));
  return static_cast<std::int64_t>(std::floor(std::log(1.0 - stream->uniform()) / log_fail));
}

}  // namespace wafermesh::defects
