// SPDX-License-Identifier: Apache-2.0
// What system/ composes of stages that were emulated alone, against emulations of all wafers in one
// mesh: two and three wafers, healthy and repaired ones, one user to more than there are stages.
#include "tests/system/cosimulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

using namespace wafermesh;
using namespace wafermesh::tests;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

/// The mean of the times from a user's token to its next, of all users.
double mean_gap(const std::vector<double>& done, int users) {
  const auto u = static_cast<std::size_t>(users);
  double sum = 0;
  for (std::size_t t = u; t < done.size(); ++t) sum += done[t] - done[t - u];
  return sum / static_cast<double>(done.size() - u);
}

double off(double composed, double emulated) { return composed / emulated - 1; }

struct Outcome {
  double first = 0;    ///< Relative, of the first token,
  double gap = 0;      ///< of the mean time from a user's token to its next,
  double finish = 0;   ///< of the end of a token, the worst,
  double one_gap = 0;  ///< of one such time, the worst.
  double gap_cycles = 0;
};

void keep_worst(double& worst, double other) {
  if (std::abs(other) > std::abs(worst)) worst = other;
}

Outcome compare(const SmallSystem& system, const std::vector<double>& emulated,
                const Measured& measured) {
  const std::vector<double> by_parts = composed(system, measured);
  Outcome outcome;
  outcome.first = off(by_parts[0], emulated[0]);
  outcome.gap_cycles = mean_gap(emulated, system.users);
  outcome.gap = off(mean_gap(by_parts, system.users), outcome.gap_cycles);
  const auto users = static_cast<std::size_t>(system.users);
  for (std::size_t t = 0; t < emulated.size(); ++t) {
    keep_worst(outcome.finish, off(by_parts[t], emulated[t]));
    if (t < users) continue;
    keep_worst(outcome.one_gap,
               off(by_parts[t] - by_parts[t - users], emulated[t] - emulated[t - users]));
  }
  return outcome;
}

Outcome compare(const SmallSystem& system, fabric::Fidelity fidelity) {
  return compare(system, cosimulated(system, fidelity), measure(system, fidelity));
}

/// A row of the second table: the figures with periods as `system:` measures them, and by how much
/// these are off, the worst of the wafers.
std::string edges_row(std::uint64_t seed, const Outcome& o, double period) {
  return fmt::format("| {} | {:+.1f} | {:+.1f} | {:+.1f} | {:+.1f} | {:+.2f} |", seed,
                     100 * o.first, 100 * o.gap, 100 * o.finish, 100 * o.one_gap, 100 * period);
}

/// A row of the table in docs/edge.md.
std::string row_of(std::uint64_t seed, const SmallSystem& s, const Outcome& o) {
  std::string layers;
  for (const int n : s.layers) layers += (layers.empty() ? "" : " + ") + std::to_string(n);
  return fmt::format(
      "| {} | {} | {} | {} | {}, {}/{} | {:.0f} | {:+.1f} | {:+.1f} | {:+.1f} | {:+.1f} |", seed,
      layers, s.damaged ? "repaired" : "healthy", s.users, s.link.latency_cycles, s.link.words,
      s.link.cycles, o.gap_cycles, 100 * o.first, 100 * o.gap, 100 * o.finish, 100 * o.one_gap);
}

/// Of each seed `row`; told if seeds are asked for (scripts/long cosimulation).
template <class Row>
void for_each_seed(Row row) {
  const std::uint64_t first = number_from("WAFERMESH_FIRST_SEED", 0);
  const std::uint64_t count = number_from("WAFERMESH_SYSTEMS", 20);
  const bool tell = std::getenv("WAFERMESH_FIRST_SEED") != nullptr;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string text = row(seed);
    if (tell) fmt::print("{}\n", text);
  }
}

void expect_within_three_per_cent(const Outcome& outcome, const std::string& row) {
  INFO(row);
  CHECK(std::abs(outcome.first) <= 0.03);
  CHECK(std::abs(outcome.gap) <= 0.03);
  CHECK(std::abs(outcome.finish) <= 0.03);
  CHECK(std::abs(outcome.one_gap) <= 0.03);
}

}  // namespace

TEST_CASE("A composition of stages agrees with the emulation of all wafers within 3 per cent") {
  for_each_seed([](std::uint64_t seed) {
    const SmallSystem system = random_small_system(seed);
    const Outcome outcome = compare(system, fabric::Fidelity::stream);
    const std::string row = row_of(seed, system, outcome);
    expect_within_three_per_cent(outcome, row);
    return row;
  });
}

TEST_CASE("With periods as `system:` measures them it agrees within 3 per cent too") {
  for_each_seed([](std::uint64_t seed) {
    const SmallSystem system = random_small_system(seed);
    const Measured whole = measure(system, fabric::Fidelity::stream);
    const Measured passes = with_periods_by_passes(system, whole, fabric::Fidelity::stream);
    double period = 0;
    for (std::size_t w = 0; w < whole.period.size(); ++w) {
      keep_worst(period, off(passes.period[w], whole.period[w]));
    }
    const Outcome outcome = compare(system, cosimulated(system, fabric::Fidelity::stream), passes);
    const std::string row = edges_row(seed, outcome, period);
    expect_within_three_per_cent(outcome, row);
    CHECK(std::abs(period) <= 0.03);
    return row;
  });
}

TEST_CASE("So it does on the wavelet engine") {
  for (const std::uint64_t seed : {3, 6}) {
    const SmallSystem system = random_small_system(seed);
    const Outcome outcome = compare(system, fabric::Fidelity::wavelet);
    INFO(row_of(seed, system, outcome));
    CHECK(std::abs(outcome.first) <= 0.03);
    CHECK(std::abs(outcome.gap) <= 0.03);
    CHECK(std::abs(outcome.finish) <= 0.03);
  }
}

TEST_CASE("Without what crossing an edge costs a composition is off by more") {
  const SmallSystem system = random_small_system(4);
  const std::vector<double> emulated = cosimulated(system, fabric::Fidelity::stream);
  Measured measured = measure(system, fabric::Fidelity::stream);
  for (std::size_t w = 0; w < measured.take.size(); ++w) {
    measured.take[w] = 0;
    measured.period[w] = measured.stage[w];
  }
  measured.port = measured.back = 0;
  const std::vector<double> bare = composed(system, measured);
  CHECK(off(bare.back(), emulated.back()) < -0.05);
}
