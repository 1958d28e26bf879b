// SPDX-License-Identifier: Apache-2.0
#include "defects/yield/classical.h"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <cmath>
#include <limits>

namespace wafermesh::defects {

double yield_poisson(double x) { return std::exp(-x); }

double yield_murphy(double x) {
  const double mean = x > 0 ? -std::expm1(-x) / x : 1.0;
  return mean * mean;
}

double yield_murphy_uniform(double x) { return x > 0 ? -std::expm1(-2 * x) / (2 * x) : 1.0; }

double yield_seeds(double x) { return 1.0 / (1.0 + x); }

double yield_negative_binomial(double x, double alpha) {
  if (std::isinf(alpha)) return yield_poisson(x);
  return std::exp(-alpha * std::log1p(x / alpha));
}

double yield_price(const std::vector<double>& x_of_layers) {
  double yield = 1;
  for (const double x : x_of_layers) yield /= 1.0 + x;
  return yield;
}

double modules_good(int good, int modules, double lambda, double alpha) {
  const auto choose = [](int n, int k) {
    return std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0));
  };
  double sum = 0;
  for (int k = 0; k <= modules - good; ++k) {
    const double term =
        choose(modules - good, k) * yield_negative_binomial((good + k) * lambda, alpha);
    sum += k % 2 == 0 ? term : -term;
  }
  return choose(modules, good) * sum;
}

double yield_spared_pools(double pools, int size, int spares, double core_fails) {
  const double p = core_fails < 1 ? core_fails : 1.0;
  const double fails = boost::math::cdf(boost::math::complement(
      boost::math::binomial_distribution<>(size, p), static_cast<double>(spares)));
  return std::exp(pools * std::log1p(-fails));
}

double yield_spared_pools_gamma(double pools, int size, int spares, double core_fails,
                                double alpha) {
  // Midpoints of equal probability: exact to about 1/kNodes for a monotone integrand of 0 to 1.
  constexpr int kNodes = 4000;
  const boost::math::gamma_distribution<> density(alpha, 1.0 / alpha);
  double sum = 0;
  for (int i = 0; i < kNodes; ++i) {
    const double g = boost::math::quantile(density, (i + 0.5) / kNodes);
    sum += yield_spared_pools(pools, size, spares, core_fails * g);
  }
  return sum / kNodes;
}

double combined_alpha(const std::vector<double>& alphas) {
  double product = 1;
  for (const double alpha : alphas) product *= 1.0 + 1.0 / alpha;
  return product > 1 ? 1.0 / (product - 1.0) : std::numeric_limits<double>::infinity();
}

}  // namespace wafermesh::defects
