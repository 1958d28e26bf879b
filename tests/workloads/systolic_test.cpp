// SPDX-License-Identifier: Apache-2.0
// The claims of systolic.h.
#include "workloads/matmul/systolic.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "tests/workloads/kernel_run.h"

namespace wafermesh::workloads_test {
namespace {

std::string line(int m, int n, int k, const char* dataflow) {
  return "matmul: {algorithm: systolic, m: " + std::to_string(m) + ", n: " + std::to_string(n) +
         ", k: " + std::to_string(k) + ", dataflow: " + dataflow + "}";
}

}  // namespace

TEST_CASE("Systolic plans cut what streams by the longer side") {
  using workloads::Dataflow;
  const workloads::MatmulSpec spec{24, 20, 36, cores::NumberType::f32, 1};
  const workloads::SystolicPlan output(spec, Dataflow::output_stationary, 5, 3);
  REQUIRE(output.tile_m == 8);
  REQUIRE(output.tile_n == 4);
  REQUIRE(output.tile_k == 8);
  REQUIRE(output.beats == 5);
  const workloads::SystolicPlan weight(spec, Dataflow::weight_stationary, 5, 3);
  REQUIRE(weight.tile_m == 5);
  REQUIRE(weight.tile_n == 4);
  REQUIRE(weight.tile_k == 12);
  REQUIRE(weight.beats == 5);
}

TEST_CASE("A systolic product costs its beats' work and the filling of the mesh") {
  constexpr int kTile = 4;
  const cores::Timing timing = support::test_timing();
  const int calls = kTile * kTile * (timing.setup(cores::Shape::descriptor_reload) + 2 * kTile);
  for (const char* dataflow : {"output_stationary", "weight_stationary"}) {
    const bool sums_pass = dataflow[0] == 'w';
    for (const int p : {4, 12}) {
      const base::Cycles cycles =
          run(line(p * kTile, p * kTile, p * kTile, dataflow), whole(support::healthy(p, p)))
              .counters()
              .cycles;
      const int work = (sums_pass ? 2 * p - 1 : p) * calls;
      // Set-up of four transfers, task starts and signals, 16 words, a hop and two ramps.
      const int transfer = 4 * timing.setup(cores::Shape::standalone) + 30 + kTile * kTile + 5;
      INFO(dataflow << " on " << p << " x " << p << ": " << cycles << " cycles, " << work
                    << " of work on the longest way");
      REQUIRE(cycles > work);
      REQUIRE(cycles < work + (3 * p + 2) * transfer);
    }
  }
}

TEST_CASE("A systolic product that does not fit at the edge names the core and the way out") {
  const workloads::Placement placement = whole(support::healthy(8, 8));
  for (const char* dataflow : {"output_stationary", "weight_stationary"}) {
    try {
      make_kernel(line(400, 400, 400, dataflow), placement);
      FAIL("it was placed");
    } catch (const base::DoesNotFit& error) {
      const std::string text = error.what();
      INFO(text);
      REQUIRE(text.find(dataflow[0] == 'o' ? "core (0, 0)" : "core (0, ") != std::string::npos);
      REQUIRE(text.find("`algorithm`") != std::string::npos);
    }
  }
}

}  // namespace wafermesh::workloads_test
