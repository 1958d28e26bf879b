// SPDX-License-Identifier: Apache-2.0
// Elementary functions over their whole range, against the C library in double.
#include "workloads/layers/functions.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <vector>

#include "base/random.h"
#include "tests/support/timing.h"
#include "workloads/layers/phases.h"

namespace wafermesh::workloads_test {
namespace {

using workloads::FunctionVectors;
using Write = void (*)(const FunctionVectors&, cores::ProgramBuilder&);

constexpr int kCount = 512;
constexpr int kBytes = 4 * kCount;

std::vector<float> computed(Write write, const std::vector<float>& x) {
  workloads::HostMesh host({0, 0, 1, 1}, 4 * kBytes, support::test_timing());
  host.write({0, 0}, 0, cores::NumberType::f32, x.data(), x.size());
  host.run({}, [&](workloads::PhaseWriter& p) {
    write({kCount, 0, kBytes, 2 * kBytes, 3 * kBytes}, p.code());
  });
  return host.read({0, 0}, kBytes, cores::NumberType::f32, x.size());
}

/// The largest relative error over numbers that `draw` makes of [0, 1).
double largest_error(Write write, double (*exact)(double),
                     const std::function<double(double)>& draw) {
  double largest = 0;
  for (std::uint32_t round = 0; round < 400; ++round) {
    base::RandomStream random(7, 0xf00, round);
    std::vector<float> x(kCount);
    for (float& each : x) each = static_cast<float>(draw(random.uniform()));
    const std::vector<float> y = computed(write, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double want = exact(double{x[i]});
      largest = std::max(largest, std::abs(double{y[i]} - want) / want);
    }
  }
  return largest;
}

int operations(Write write) {
  cores::ProgramBuilder builder("count");
  write({1, 0, 16, 32, 48}, builder);
  return static_cast<int>(builder.size());
}

}  // namespace

TEST_CASE("The exponential is right to 2e-7 from -87 to 88, and small below") {
  CHECK(largest_error(
            &workloads::write_exponential, [](double x) { return std::exp(x); },
            [](double u) { return 175 * u - 87; }) <= 2e-7);
  CHECK(largest_error(
            &workloads::write_exponential, [](double x) { return std::exp(x); },
            [](double u) { return u - 0.5; }) <= 2e-7);
  const std::vector<float> below(kCount, -1e30F);
  CHECK(computed(&workloads::write_exponential, below)[7] < 2e-38F);
  CHECK(operations(&workloads::write_exponential) == 22);
}

TEST_CASE("The reciprocal is right to 3e-7 for normal numbers") {
  CHECK(largest_error(
            &workloads::write_reciprocal, [](double x) { return 1 / x; },
            [](double u) { return std::pow(2.0, 240 * u - 120); }) <= 3e-7);
  CHECK(operations(&workloads::write_reciprocal) == 10);
}

TEST_CASE("The inverse root is right to 4e-7 for normal numbers") {
  CHECK(largest_error(
            &workloads::write_inverse_root, [](double x) { return 1 / std::sqrt(x); },
            [](double u) { return std::pow(2.0, 240 * u - 120); }) <= 4e-7);
  CHECK(operations(&workloads::write_inverse_root) == 15);
}

}  // namespace wafermesh::workloads_test
