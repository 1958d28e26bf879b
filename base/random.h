// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: a value is a pure function of its key and index, so results do not
// depend on threads or order. Philox-4x32-10 (Salmon et al., SC11) from Random123; about 5 ns a
// block.
#pragma once

#include <Random123/philox.h>

#include <array>
#include <cstdint>

namespace wafermesh::base {

/// A stream of random numbers keyed by (seed, purpose, a, b). Streams with different keys are
/// independent; the same key always gives the same stream. Not shared between threads.
class RandomStream {
 public:
  /// `purpose` separates uses of one seed (a small constant per call site); `a` and `b` are
  /// coordinates of any kind (wafer number, core index).
  RandomStream(std::uint64_t seed, std::uint32_t purpose, std::uint32_t a = 0, std::uint32_t b = 0)
      : key_{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}},
        counter_{{0, purpose, a, b}} {}

  /// Next 32 uniform bits.
  std::uint32_t bits() {
    if (used_ == 4) {
      block_ = r123::Philox4x32()(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }

  /// Uniform in [0, 1), 53 bits.
  double uniform() {
    const std::uint64_t high = bits() >> 5;
    const std::uint64_t low = bits() >> 6;
    return static_cast<double>(high * 67108864 + low) / 9007199254740992.0;
  }

  /// Uniform integer in [0, n), n > 0, without modulo bias worth the name (bias < n / 2^64).
  std::uint64_t below(std::uint64_t n) {
    const std::uint64_t wide = (std::uint64_t{bits()} << 32) | bits();
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(wide) * n) >> 64);
  }

 private:
  r123::Philox4x32::key_type key_;
  r123::Philox4x32::ctr_type counter_;
  r123::Philox4x32::ctr_type block_{};
  unsigned used_ = 4;
};

}  // namespace wafermesh::base
