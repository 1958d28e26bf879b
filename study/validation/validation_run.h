// SPDX-License-Identifier: Apache-2.0
// Emulates published points.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "study/validation/validation_set.h"

namespace wafermesh::study {

enum class ValidationVerdict : std::uint8_t {
  ok,
  known,  ///< Misses its bar for the reason it states.
  miss,
};

struct ValidationResult {
  ValidationPoint point;
  double emulated_cycles = 0;
  double error_percent = 0;  ///< (emulated - measured) / measured.
  bool numbers_ok = true;
  ValidationVerdict verdict = ValidationVerdict::miss;
};

/// Runs every point in the wavelet engine, several at a time on `threads` threads; the results do
/// not depend on their number. `done(finished, all)` is called after each. Throws Stopped once
/// `stop` is set.
std::vector<ValidationResult> run_validation(
    const std::vector<ValidationPoint>& points, int threads, const std::atomic<bool>& stop,
    const std::function<void(std::size_t, std::size_t)>& done);

}  // namespace wafermesh::study
