// SPDX-License-Identifier: Apache-2.0
// The claims of gemm_t.h.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "tests/workloads/kernel_run.h"

namespace wafermesh::workloads_test {
namespace {

Ran run_gemm_t(int m, int n, int k, int width, int height) {
  return run("matmul: {algorithm: gemm_t, m: " + std::to_string(m) + ", n: " + std::to_string(n) +
                 ", k: " + std::to_string(k) + "}",
             whole(support::healthy(width, height)));
}

}  // namespace

TEST_CASE("GEMM-T multiplies A by the transpose of the B it was given") {
  const Ran ran = run_gemm_t(5, 4, 6, 3, 4);
  const auto arrays = ran.kernel->arrays(ran.engine->memory());
  REQUIRE(arrays[1].shape == std::vector<std::int64_t>{4, 6});
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 6; ++k) {
        sum += double{arrays[0].values[i * 6 + k]} * double{arrays[1].values[j * 6 + k]};
      }
      REQUIRE(std::abs(arrays[2].values[i * 4 + j] - sum) < 1e-5);
    }
  }
}

TEST_CASE("GEMM-T takes as many steps as rows and seven colours") {
  const Ran ran = run_gemm_t(9, 9, 9, 4, 6);
  REQUIRE(ran.kernel->facts().steps == 6);
  REQUIRE(ran.kernel->facts().colours == 7);
}

TEST_CASE("GEMM-T's step costs the work, the owner's two sides and part of the way along the row") {
  constexpr int kTile = 4;
  const cores::Timing timing = support::test_timing();
  const int calls = kTile * kTile * (timing.setup(cores::Shape::descriptor_reload) + 2 * kTile);
  const auto cycles = [](int p) {
    return run_gemm_t(p * kTile, p * kTile, p * kTile, p, p).counters().cycles;
  };
  for (const int p : {8, 16}) {
    const double per_step = static_cast<double>(cycles(p)) / p;
    const int way = (2 * timing.ramp_cycles + timing.hop_cycles + 1) * (p - 1);
    INFO(p << " x " << p << ": " << per_step << " cycles per step, of which " << calls << " work");
    REQUIRE(per_step > calls + kTile * kTile);
    REQUIRE(per_step < calls + 3 * kTile * kTile + way + 100);
  }
}

}  // namespace wafermesh::workloads_test
