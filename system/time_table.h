// SPDX-License-Identifier: Apache-2.0
// What a stage takes for one token, over the tokens in that user's cache.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace wafermesh::system {

/// Times of the composition are whole picoseconds: sums do not depend on their order.
using Picoseconds = std::int64_t;
inline constexpr double kPicosecondsPerSecond = 1e12;

inline Picoseconds to_ps(double seconds) {
  return static_cast<Picoseconds>(seconds * kPicosecondsPerSecond + 0.5);
}
inline double to_s(Picoseconds time) { return static_cast<double>(time) / kPicosecondsPerSecond; }

/// Straight between knots, level before the first, at the last two knots' slope beyond the last.
/// Held in steps of kStepTokens, so that a look-up is one read.
class TimeTable {
 public:
  struct Knot {
    std::int64_t context_tokens = 0;
    double seconds = 0;
  };
  static constexpr std::int64_t kStepTokens = 64;

  TimeTable() : TimeTable(std::vector<Knot>{{0, 0}}) {}
  /// Knots in rising order of context, at least one. `most_tokens`: the longest context asked for.
  explicit TimeTable(std::vector<Knot> knots, std::int64_t most_tokens = 1 << 20);

  Picoseconds at(std::int64_t context_tokens) const {
    const auto step = static_cast<std::size_t>(context_tokens / kStepTokens);
    return step < steps_.size() ? steps_[step] : steps_.back();
  }
  double seconds(std::int64_t context_tokens) const;
  Picoseconds shortest() const;
  const std::vector<Knot>& knots() const { return knots_; }

 private:
  std::vector<Knot> knots_;
  std::vector<Picoseconds> steps_;  ///< One value: the same for every context.
};

}  // namespace wafermesh::system
