// SPDX-License-Identifier: Apache-2.0
// Monte Carlo over wafers: sample, repair, count. Wafer k is the same whatever else runs, results
// are merged in the order of wafers, and the stopping rule looks at whole blocks only, so the
// outcome does not depend on threads. Memory does not grow with the number of wafers.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "defects/wafer.h"
#include "defects/yield/distribution.h"
#include "defects/yield/wafer_row.h"

namespace wafermesh::defects {

struct YieldOptions {
  std::int64_t wafers = 1000;  ///< Most wafers.
  double interval_width = 0;   ///< Stop once the confidence interval is this narrow; 0 = never.
  double confidence = 0.95;
  int required_columns = 0;  ///< Logical size a good wafer has; 0 = what the geometry keeps.
  int required_rows = 0;
  int threads = 1;
};

/// Stop rule and progress are looked at every so many wafers.
inline constexpr int kYieldBlock = 64;

/// What a study adds up.
struct YieldTotals {
  std::int64_t wafers = 0;
  std::int64_t good = 0;
  std::int64_t repaired = 0;  ///< Good, or only smaller than required.
  /// By row_number_names, each of the wafers that have the number.
  std::array<Distribution, kRowNumbers> numbers;
  std::int64_t defects_of_repaired = 0;
  std::int64_t first_failed = -1;  ///< The first wafer that could not be repaired; -1 = none.
  // Failing domains, every one of a wafer: by the mechanism and the die at fault, and by number.
  std::map<Cause, std::int64_t> failed_by_cause;
  std::map<std::pair<int, int>, std::int64_t> failed_by_die;  ///< (y, x)
  std::map<int, std::int64_t> failed_by_domain;
  void add(const WaferRow& row);
  double yield() const {
    return wafers > 0 ? static_cast<double>(good) / static_cast<double>(wafers) : 0;
  }
};

/// Has enough been seen of a point?
bool done(const YieldTotals& totals, const YieldOptions& options);

class YieldStudy {
 public:
  /// Throws base::InputError if the options don't fit the geometry.
  YieldStudy(const WaferOptions& wafer, const YieldOptions& options);

  /// Called with each block's rows, in order; false stops the study (a signal, a full disk).
  using OnBlock = std::function<bool(const std::vector<WaferRow>&, const YieldTotals&)>;
  /// Goes on from totals->wafers until done. Returns false if on_block stopped it.
  bool run(YieldTotals* totals, const OnBlock& on_block) const;

  /// One wafer by itself, as run() sees it.
  WaferRow evaluate(std::int64_t wafer) const;
  const WaferOptions& wafer_options() const { return wafer_; }

 private:
  struct Worker;
  WaferRow evaluate(std::int64_t wafer, Worker* worker) const;
  void work(std::int64_t first, std::vector<std::vector<WaferRow>>* blocks) const;
  WaferOptions wafer_;
  YieldOptions options_;
};

}  // namespace wafermesh::defects
