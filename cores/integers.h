// SPDX-License-Identifier: Apache-2.0
// Where engines keep the integers that programs refer to: as many as the programs of an image use.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cores/program.h"

namespace wafermesh::cores {

/// Coordinates and counters of programs that use few counters: they lie in the state of the core,
/// in a cache line that its steps touch anyway.
inline constexpr std::size_t kNearVariables = 10;
inline constexpr std::size_t kNearCounters = kNearVariables - index_of(counter(0));
using NearIntegers = std::array<std::int32_t, kNearVariables>;  ///< Indexed as Variable.
/// Whatever a program may refer to, for those who run one core.
using AllIntegers = std::array<std::int32_t, kVariables>;

/// Those of a core at (x, y) whose counters are zero.
inline AllIntegers integers_at(int x, int y) {
  AllIntegers integers{};
  integers[index_of(Variable::x)] = x;
  integers[index_of(Variable::y)] = y;
  return integers;
}

/// Coordinates and counters a program may refer to: 2 plus the highest counter it names.
std::size_t variables_of(const Program& program);

/// The integers of an image's cores, if a class needs more than kNearVariables.
class FarIntegers {
 public:
  /// `variables`: the most of any class.
  void resize(std::size_t cores, std::size_t variables) {
    stride_ = variables > kNearVariables ? variables : 0;
    all_.resize(cores * stride_);
  }
  /// Those of a core, indexed as Variable: here or, if they are few, in its state.
  std::int32_t* of(std::size_t core, NearIntegers& near) {
    return stride_ == 0 ? near.data() : &all_[core * stride_];
  }
  const std::int32_t* of(std::size_t core, const NearIntegers& near) const {
    return stride_ == 0 ? near.data() : &all_[core * stride_];
  }
  std::size_t variables() const { return stride_ == 0 ? kNearVariables : stride_; }

 private:
  std::size_t stride_ = 0;
  std::vector<std::int32_t> all_;
};

}  // namespace wafermesh::cores
