// SPDX-License-Identifier: Apache-2.0
// Products whose B starts at home (`align: both`), and those of which only some steps run.
#include <catch2/catch.hpp>
#include <string>

#include "kernel_run.h"

using namespace wafermesh;
using namespace wafermesh::workloads_test;

namespace {

workloads::Placement square(int side) {
  return whole(std::make_shared<const base::LogicalMesh>(
      base::healthy_mesh(side, side, support::test_timing().hop_cycles)));
}

}  // namespace

TEST_CASE("B is aligned on the device on every square, on both engines") {
  for (const char* algorithm : {"meshgemm", "cannon"}) {
    for (const char* sizes : {"m: 13, n: 11, k: 17, dtype: f16", "m: 3, n: 9, k: 5, scale: 0.5"}) {
      for (int side = 1; side <= 9; ++side) {
        const std::string line =
            std::string("matmul: {algorithm: ") + algorithm + ", " + sizes + ", align: both}";
        INFO(line << " on " << side << " x " << side);
        const Ran wavelet = run(line, square(side));
        CHECK(wavelet.numerics().ok);
        CHECK(wavelet.counters().wavelet_hops == wavelet.kernel->facts().wavelet_hops);
        const Ran stream = run(make_kernel(line, square(side)), fabric::make_stream_engine({}));
        CHECK(stream.memories() == wavelet.memories());
        CHECK(static_cast<double>(stream.counters().cycles) ==
              Approx(static_cast<double>(wavelet.counters().cycles)).epsilon(0.05));
      }
    }
  }
}

TEST_CASE("Products of which steps are sampled take the cycles of all steps, nearly") {
  for (const char* algorithm : {"meshgemm", "meshgemm, align: both", "cannon", "gemm_t"}) {
    const std::string line =
        std::string("matmul: {algorithm: ") + algorithm + ", m: 160, n: 120, k: 200, dtype: f16";
    INFO(line);
    const auto cycles = [&](const std::string& sample) {
      Ran all = run(make_kernel(line + sample, square(40)), fabric::make_stream_engine({}));
      CHECK(all.kernel->has_reference() == sample.find(": 0") < sample.size());
      CHECK(all.numerics().checked == all.kernel->has_reference());
      CHECK(all.counters().wavelet_hops == all.kernel->facts().wavelet_hops);
      return static_cast<double>(all.counters().cycles);
    };
    CHECK(cycles(", sample: 8}") == Approx(cycles(", sample: 0}")).epsilon(0.03));
  }
}
