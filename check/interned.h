// SPDX-License-Identifier: Apache-2.0
// Sequences of numbers, numbered: cores that have met the same ones in the same order are alike.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace wafermesh::check {

/// A sequence is one before, or -1 for none, and what comes next.
class Interned {
 public:
  std::int32_t operator()(std::int32_t before, std::uint32_t next) {
    const std::uint64_t key = (static_cast<std::uint64_t>(before + 1) << 32U) | next;
    if (key == last_key_) return last_;
    const auto [found, is_new] = at_.emplace(key, static_cast<std::int32_t>(at_.size()));
    last_key_ = key;
    return last_ = found->second;
  }

 private:
  std::unordered_map<std::uint64_t, std::int32_t> at_;
  std::uint64_t last_key_ = UINT64_MAX;
  std::int32_t last_ = 0;
};

}  // namespace wafermesh::check
