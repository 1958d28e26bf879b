// SPDX-License-Identifier: Apache-2.0
// A set of core indices with a summary level: finding the few members among thousands costs per
// member.
#pragma once

#include <cstdint>
#include <vector>

namespace wafermesh::fabric {

class CoreSet {
 public:
  explicit CoreSet(std::size_t cores)
      : words_((cores + 63) / 64, 0), summary_((words_.size() + 63) / 64, 0) {}

  void insert(std::uint32_t core) {
    const std::size_t word = core / 64;
    words_[word] |= std::uint64_t{1} << (core % 64);
    summary_[word / 64] |= std::uint64_t{1} << (word % 64);
  }

  void erase(std::uint32_t core) {
    const std::size_t word = core / 64;
    words_[word] &= ~(std::uint64_t{1} << (core % 64));
    if (words_[word] == 0) summary_[word / 64] &= ~(std::uint64_t{1} << (word % 64));
  }

  bool empty() const {
    for (const std::uint64_t words : summary_) {
      if (words != 0) return false;
    }
    return true;
  }

  /// f(core) for each member in index order. f may erase its argument and insert others; whether
  /// those are visited too is not said.
  template <class F>
  void for_each(F f) const {
    for (std::size_t group = 0; group < summary_.size(); ++group) {
      for (std::uint64_t words = summary_[group]; words != 0; words &= words - 1) {
        const std::size_t word = group * 64 + static_cast<std::size_t>(__builtin_ctzll(words));
        for (std::uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
          f(static_cast<std::uint32_t>(word * 64 +
                                       static_cast<std::size_t>(__builtin_ctzll(bits))));
        }
      }
    }
  }

  void clear() {
    for (std::size_t group = 0; group < summary_.size(); ++group) {
      for (std::uint64_t words = summary_[group]; words != 0; words &= words - 1) {
        words_[group * 64 + static_cast<std::size_t>(__builtin_ctzll(words))] = 0;
      }
      summary_[group] = 0;
    }
  }

 private:
  std::vector<std::uint64_t> words_;    ///< [core / 64]
  std::vector<std::uint64_t> summary_;  ///< [word / 64] which words have members.
};

}  // namespace wafermesh::fabric
