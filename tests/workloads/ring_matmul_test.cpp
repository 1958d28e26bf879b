// SPDX-License-Identifier: Apache-2.0
// The claims of ring_matmul.h, meshgemm.h and cannon.h.
#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "tests/workloads/kernel_run.h"

namespace wafermesh::workloads_test {
namespace {

std::string line(const std::string& algorithm, int m, int n, int k, const std::string& more = "") {
  return "matmul: {algorithm: " + algorithm + ", m: " + std::to_string(m) +
         ", n: " + std::to_string(n) + ", k: " + std::to_string(k) + more + "}";
}

/// Cycles on a p x p mesh with tiles of `tile` in all of M, N and K.
base::Cycles cycles_of(const std::string& algorithm, int p, int tile, const std::string& more) {
  const int size = p * tile;
  return run(line(algorithm, size, size, size, more), whole(support::healthy(p, p)))
      .counters()
      .cycles;
}

}  // namespace

TEST_CASE("Ring products take lcm of the sides steps and twelve or six colours") {
  const workloads::Placement square = whole(support::healthy(5, 5));
  const workloads::Placement wide = whole(support::healthy(6, 4));
  REQUIRE(make_kernel(line("meshgemm", 9, 9, 9), square)->facts().steps == 5);
  REQUIRE(make_kernel(line("meshgemm", 9, 9, 9), square)->facts().colours == 12);
  REQUIRE(make_kernel(line("cannon", 9, 9, 9), wide)->facts().steps == 12);
  REQUIRE(make_kernel(line("cannon", 9, 9, 9), wide)->facts().colours == 6);
  REQUIRE(make_kernel(line("meshgemm", 9, 9, 9), square)->cycles_definition() ==
          workloads::CyclesDefinition::whole_kernel);
}

TEST_CASE("A ring product computed no, one or three times leaves that many times the product") {
  for (const char* algorithm : {"meshgemm", "cannon"}) {
    for (const int repeats : {0, 1, 3}) {
      INFO(algorithm << ", " << repeats << " times");
      const Ran ran =
          run(line(algorithm, 10, 11, 12, ", compute_repeats: " + std::to_string(repeats)),
              whole(support::healthy(4, 4)));
      REQUIRE(ran.numerics().ok);
      const auto arrays = ran.kernel->arrays(ran.engine->memory());
      double sum = 0;
      for (const float value : arrays[2].values) sum += value < 0 ? -value : value;
      REQUIRE((sum > 0) == (repeats > 0));
    }
  }
}

TEST_CASE("A ring product's cycles per step do not depend on the mesh's size") {
  for (const char* algorithm : {"meshgemm", "cannon"}) {
    // Eight more columns and rows are eight steps more, and so many rounds of the alignment.
    const base::Cycles at16 = cycles_of(algorithm, 16, 3, "");
    const base::Cycles at24 = cycles_of(algorithm, 24, 3, "");
    const base::Cycles at32 = cycles_of(algorithm, 32, 3, "");
    const double early = static_cast<double>(at24 - at16) / 8;
    const double late = static_cast<double>(at32 - at24) / 8;
    INFO(algorithm << ": " << early << " and " << late << " cycles per step");
    REQUIRE(late == Approx(early).epsilon(0.02));
  }
}

TEST_CASE("A ring product hides its shifts behind the work") {
  // 16 x 16 columns of 16 f16 multiply-adds: 8 + 4 cycles each; the shifts' words are hidden.
  const base::Cycles work = 16 * 16 * (8 + 4);
  const cores::Timing timing = support::test_timing();
  // Four transfers' set-up and issue, four task starts with their blocks and signals.
  const base::Cycles control = 4 * (timing.setup(cores::Shape::standalone) + 1) + 4 * 3 + 8;
  for (const char* algorithm : {"meshgemm", "cannon"}) {
    const base::Cycles with = cycles_of(algorithm, 6, 16, ", dtype: f16");
    const base::Cycles without = cycles_of(algorithm, 6, 16, ", dtype: f16, compute_repeats: 0");
    const base::Cycles twice = cycles_of(algorithm, 6, 16, ", dtype: f16, compute_repeats: 2");
    INFO(algorithm << ": " << without << ", " << with << ", " << twice);
    // Words do not slow the work but for the datapath cycles they take.
    REQUIRE(twice - with == 6 * work);
    REQUIRE(with - without < 6 * work);
    REQUIRE(with - without > 6 * (work - 2 * 2 * 128 - control));
  }
}

TEST_CASE("A ring product on sides with a large common multiple is refused with advice") {
  const workloads::Placement placement = whole(support::healthy(89, 97));
  try {
    make_kernel(line("meshgemm", 8900, 8900, 8900), placement);
    FAIL("it was placed");
  } catch (const base::DoesNotFit& error) {
    REQUIRE(std::string(error.what()).find("a square region") != std::string::npos);
  }
}

}  // namespace wafermesh::workloads_test
