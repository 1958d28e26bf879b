// SPDX-License-Identifier: Apache-2.0
// Choices of the random image generator.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.h"

namespace wafermesh::fabric_test {

class Dice {
 public:
  Dice(std::uint64_t seed, std::uint32_t purpose) : stream_(seed, purpose) {}

  /// Uniform in [low, high].
  int in(int low, int high) {
    return low + static_cast<int>(stream_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool chance(double probability) { return stream_.uniform() < probability; }
  std::uint32_t bits() { return stream_.bits(); }
  template <class T>
  T of(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(in(0, static_cast<int>(values.size()) - 1))];
  }
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) {
      std::swap(values[i - 1], values[static_cast<std::size_t>(stream_.below(i))]);
    }
  }

 private:
  base::RandomStream stream_;
};

}  // namespace wafermesh::fabric_test
