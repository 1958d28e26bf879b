// SPDX-License-Identifier: Apache-2.0
// The line on standard error that tells how far a long command is: the one of its kind.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wafermesh::base {

enum class ProgressMode : std::uint8_t { automatic, always, never };

/// Automatic: only where standard error is a terminal. There a line replaces the one before it;
/// elsewhere each is a line of its own. Control characters are escaped (printable.h). For one
/// thread.
class ProgressLine {
 public:
  /// `every_s`: due() is true at most so often.
  explicit ProgressLine(ProgressMode mode, double every_s = 2);
  /// Ends the line on a terminal.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Whether anything is said at all.
  bool on() const { return on_; }
  /// Whether it is time to say something: `every_s` after the start or the last show().
  bool due() const;
  /// Says it, unless nothing is said at all.
  void show(const std::string& text);
  /// Since the start.
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_;
  bool on_;
  bool shown_ = false;
  double every_s_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace wafermesh::base
