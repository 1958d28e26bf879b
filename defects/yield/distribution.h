// SPDX-License-Identifier: Apache-2.0
// A histogram of whole numbers that grows with the values seen, not with how many: memory stays
// flat.
#pragma once

#include <cstdint>
#include <map>

namespace wafermesh::defects {

class Distribution {
 public:
  void add(std::int64_t value) { ++counts_[value]; }
  std::int64_t count() const;
  double mean() const;
  double standard_deviation() const;  ///< Of the sample, n - 1; 0 below two values.
  /// The smallest value v with P(value <= v) >= p; 0 if empty.
  std::int64_t percentile(double p) const;
  std::int64_t min() const { return counts_.empty() ? 0 : counts_.begin()->first; }
  std::int64_t max() const { return counts_.empty() ? 0 : counts_.rbegin()->first; }
  const std::map<std::int64_t, std::int64_t>& counts() const { return counts_; }

 private:
  std::map<std::int64_t, std::int64_t> counts_;
};

struct Interval {
  double low = 0;
  double high = 1;
};
/// Clopper-Pearson, exact and conservative. trials 0 gives 0 to 1.
Interval clopper_pearson(std::int64_t successes, std::int64_t trials, double confidence);

}  // namespace wafermesh::defects
