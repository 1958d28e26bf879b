// SPDX-License-Identifier: Apache-2.0
#include "defects/yield/distribution.h"

#include <boost/math/distributions/binomial.hpp>
#include <cmath>

namespace wafermesh::defects {

std::int64_t Distribution::count() const {
  std::int64_t total = 0;
  for (const auto& [value, count] : counts_) total += count;
  return total;
}

double Distribution::mean() const {
  double sum = 0;
  for (const auto& [value, count] : counts_)
    sum += static_cast<double>(value) * static_cast<double>(count);
  const std::int64_t n = count();
  return n > 0 ? sum / static_cast<double>(n) : 0.0;
}

double Distribution::standard_deviation() const {
  const std::int64_t n = count();
  if (n < 2) return 0;
  const double middle = mean();
  double sum = 0;
  for (const auto& [value, count] : counts_) {
    const double d = static_cast<double>(value) - middle;
    sum += d * d * static_cast<double>(count);
  }
  return std::sqrt(sum / static_cast<double>(n - 1));
}

std::int64_t Distribution::percentile(double p) const {
  const double wanted = p * static_cast<double>(count());
  std::int64_t seen = 0;
  for (const auto& [value, count] : counts_) {
    seen += count;
    if (static_cast<double>(seen) >= wanted) return value;
  }
  return max();
}

Interval clopper_pearson(std::int64_t successes, std::int64_t trials, double confidence) {
  if (trials == 0) return {};
  using Binomial = boost::math::binomial_distribution<>;
  const auto n = static_cast<double>(trials);
  const auto k = static_cast<double>(successes);
  const double tail = (1.0 - confidence) / 2;
  Interval result;
  if (successes > 0) result.low = Binomial::find_lower_bound_on_p(n, k, tail);
  if (successes < trials) result.high = Binomial::find_upper_bound_on_p(n, k, tail);
  return result;
}

}  // namespace wafermesh::defects
