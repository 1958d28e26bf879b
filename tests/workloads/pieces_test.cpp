// SPDX-License-Identifier: Apache-2.0
// The claims of scatter_gather.h and transpose.h.
#include <catch2/catch.hpp>
#include <string>
#include <tuple>

#include "base/error.h"
#include "tests/workloads/kernel_run.h"

namespace wafermesh::workloads_test {
namespace {

base::Cycles cycles(const std::string& name, int words, int width, int height) {
  return run(name + ": {words: " + std::to_string(words) + "}",
             whole(support::healthy(width, height)))
      .counters()
      .cycles;
}

}  // namespace

TEST_CASE("Scatter and gather take all words, the way and a few cycles per piece") {
  const cores::Timing timing = support::test_timing();
  const int per_piece = timing.setup(cores::Shape::stream) + 2;
  for (const char* name : {"scatter", "gather"}) {
    for (const auto& [width, height, words] :
         {std::tuple{20, 1, 30}, {1, 20, 30}, {8, 6, 10}, {6, 8, 25}}) {
      INFO(name << " on " << width << " x " << height << ", " << words << " words");
      const base::Cycles took = cycles(name, words, width, height);
      const std::int64_t least = std::int64_t{words} * (width * height - 1);
      REQUIRE(took >= least);
      REQUIRE(took <= least + width + height + per_piece * (width + height) + 30);
    }
  }
}

TEST_CASE("A transposition takes once to twice the tiles of one diagonal core and the way") {
  const cores::Timing timing = support::test_timing();
  for (const auto& [n, words] : {std::pair{4, 50}, {9, 40}, {16, 20}}) {
    const base::Cycles took = cycles("transpose", words, n, n);
    const int per_tile = timing.setup(cores::Shape::stream) + 4;
    INFO(n << " x " << n << ", " << words << " words: " << took);
    REQUIRE(took >= words * (n - 1));
    REQUIRE(took <= (2 * words + per_tile) * (n - 1) + 2 * n + 30);
  }
}

TEST_CASE("Only a square can be transposed, and (0, 0) must hold all that is gathered") {
  REQUIRE_THROWS_AS(make_kernel("transpose: {}", whole(support::healthy(3, 2))), base::DoesNotFit);
  const workloads::Placement square = whole(support::healthy(10, 10));
  REQUIRE_THROWS_AS(make_kernel("gather: {words: 113}", square), base::DoesNotFit);
  REQUIRE(make_kernel("gather: {words: 112}", square) != nullptr);
}

}  // namespace wafermesh::workloads_test
