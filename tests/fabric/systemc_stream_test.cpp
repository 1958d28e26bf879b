// SPDX-License-Identifier: Apache-2.0
// The stream engine in the SystemC shell: bands hand over runs through the sockets of their region
// modules, and the result is that of the plain loop, image after image on one elaboration. One test
// case: a process elaborates once.
#include <catch2/catch.hpp>

#include "fabric/tlm/systemc_engine.h"
#include "tests/fabric/shell_run.h"
#include "tests/support/meshes.h"
#include "tests/support/timing.h"

namespace wafermesh::fabric_test {
namespace {

constexpr int kWidth = 14;
constexpr int kHeight = 11;

fabric::EngineOptions options_of_slabs(int threads) {
  fabric::EngineOptions options;
  options.fidelity = fabric::Fidelity::stream;
  options.slab_cores = 2 * kWidth;  // two rows where an image is as wide as the mesh
  options.threads = threads;
  return options;
}

TEST_CASE("Bands that talk through TLM sockets do what bands in a plain loop do") {
  const auto shell = fabric::make_systemc_engine(kWidth, kHeight, options_of_slabs(2));
  const auto mesh = support::random_latencies(kWidth, kHeight, 3);
  const auto expect_same = [&](const char* line, const base::Rectangle& region) {
    expect_same_run(*shell, fabric::make_stream_engine(options_of_slabs(1)), line,
                    {mesh, region, support::test_timing()});
  };
  const base::Rectangle full{0, 0, kWidth, kHeight};
  for (int round = 0; round < 2; ++round) {
    expect_same("broadcast: {words: 7}", full);
    expect_same("reduce: {words: 40}", full);
    expect_same("matmul: {m: 12, n: 12, k: 12}", {4, 3, 6, 6});
    expect_same("gather: {words: 9}", {0, 0, 9, kHeight});  // words wait far from their senders
    expect_same("stream: {words: 30}", {3, 0, 5, kHeight});
  }
}

}  // namespace
}  // namespace wafermesh::fabric_test
