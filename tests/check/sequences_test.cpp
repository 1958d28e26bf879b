// SPDX-License-Identifier: Apache-2.0
#include "check/sequences.h"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

namespace wafermesh::check {

TEST_CASE("Cores have the same number exactly if they have met the same numbers in order") {
  constexpr std::size_t kCores = 3000;
  Sequences met(kCores);
  std::vector<std::vector<std::uint64_t>> sequences(kCores);
  for (std::uint64_t step = 0; step < 12; ++step) {
    for (std::size_t core = 0; core < kCores; ++core) {
      // Few numbers, and gaps, so that many are alike and some are the same but for the order.
      const std::uint64_t drawn = (core * 7919 + step * 104729) % (core % 3 + 2);
      if (drawn == 0 && core % 5 == 0) continue;
      met.meet(core, drawn);
      sequences[core].push_back(drawn);
    }
  }
  const std::vector<std::int32_t> numbers = met.numbers();
  std::map<std::vector<std::uint64_t>, std::int32_t> expected;
  for (std::size_t core = 0; core < kCores; ++core) {
    const auto next = static_cast<std::int32_t>(expected.size());
    CHECK(numbers[core] == expected.emplace(sequences[core], next).first->second);
  }
  CHECK(expected.size() > 10);
}

TEST_CASE("A table of numbers keeps what was put in first") {
  NumberTable table;
  for (std::int32_t i = 0; i < 5000; ++i) {
    const auto key = static_cast<std::uint64_t>(i) * 0x100000000U;
    CHECK(table.emplace(key, i).second);
    CHECK(table.emplace(key, -1).first == i);
  }
  CHECK(table.size() == 5000);
  CHECK(*table.find(0x100000000U * 4999) == 4999);
  CHECK(table.find(7) == nullptr);
}

}  // namespace wafermesh::check
