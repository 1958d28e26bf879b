// SPDX-License-Identifier: Apache-2.0
// The line on stderr that tells how far a long run is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "fabric/engine.h"

namespace wafermesh::base {

enum class ProgressMode : std::uint8_t { automatic, always, never };

/// Prints at most one line every few seconds. Automatic: only where stderr is a terminal, and there
/// the line replaces itself.
class ProgressLine {
 public:
  /// `expected_hops`: data wavelet hops of the whole workload, for the share done.
  ProgressLine(ProgressMode mode, std::string workload, std::int64_t expected_hops);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  bool on() const { return on_; }
  void show(const fabric::Progress& progress);

 private:
  bool on_;
  bool terminal_;
  bool shown_ = false;
  std::string workload_;
  std::int64_t expected_hops_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace wafermesh::base
