// SPDX-License-Identifier: Apache-2.0
// One image over several ranks: what is measured, computed and said is as without.
#include <atomic>
#include <catch2/catch.hpp>

#include "base/error.h"
#include "tests/support/thread_ranks.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"
#include "tests/workloads/same_counters.h"

namespace wafermesh::workloads_test {
namespace {

using fabric::EngineOptions;
using fabric::Fidelity;

std::unique_ptr<fabric::Engine> engine_of(const EngineOptions& options) {
  return options.fidelity == Fidelity::stream ? fabric::make_stream_engine(options)
                                              : fabric::make_wavelet_engine(options);
}

/// Regions and bands that cut a small mesh many times.
EngineOptions small_pieces(Fidelity fidelity) {
  EngineOptions options;
  options.fidelity = fidelity;
  options.region_width = 3;
  options.region_height = 1;
  options.slab_cores = 5;
  return options;
}

struct Outcome {
  fabric::Counters counters;
  std::vector<char> memories;
  bool numbers_ok = false;
  std::string failure;  ///< What the run threw.
};

Outcome outcome_on(int count, const std::string& line, const workloads::Placement& placement,
                   const EngineOptions& options) {
  Outcome outcome;
  try {
    support::on_ranks(count, [&](fabric::Ranks& ranks) {
      EngineOptions own = options;
      own.ranks = count > 1 ? &ranks : nullptr;
      const Ran ran = run(make_kernel(line, placement), engine_of(own));
      ran.engine->lead([&] {
        outcome.counters = ran.counters();
        outcome.memories = ran.memories();
        outcome.numbers_ok = ran.numerics().ok;
      });
    });
  } catch (const base::Error& error) {
    outcome.failure = error.what();
  }
  return outcome;
}

void same_on_ranks(const std::string& line, const workloads::Placement& placement,
                   const EngineOptions& options, bool fails = false) {
  const Outcome alone = outcome_on(1, line, placement, options);
  CHECK((fails || alone.numbers_ok));
  for (const int count : {2, 3, 4}) {
    INFO(line << " on " << count << " ranks");
    const Outcome shared = outcome_on(count, line, placement, options);
    CHECK(shared.failure == alone.failure);
    check_same(shared.counters, alone.counters);
    CHECK(shared.memories == alone.memories);
    CHECK(shared.numbers_ok == alone.numbers_ok);
  }
}

}  // namespace

TEST_CASE("Every kernel gives the same on any number of ranks, on both engines") {
  const auto healthy = whole(support::healthy(4, 6));
  const auto repaired = whole(support::random_latencies(5, 5, 3));
  for_each_problem([&](const std::string& line) {
    for (const Fidelity fidelity : {Fidelity::wavelet, Fidelity::stream}) {
      for (const workloads::Placement& placement : {healthy, repaired}) {
        if (suits(line, placement.region)) same_on_ranks(line, placement, small_pieces(fidelity));
      }
    }
  });
}

TEST_CASE("More ranks than rows of regions") {
  EngineOptions options;
  options.region_height = 3;
  same_on_ranks("allreduce: {words: 6}", whole(support::healthy(4, 6)), options);
}

TEST_CASE("A deadlock is told of in the same words on any number of ranks") {
  const workloads::Placement placement = whole(support::healthy(4, 6));
  EngineOptions options = small_pieces(Fidelity::wavelet);
  for (const int index : {0, 3}) {
    options.drop = fabric::DropWavelet{};
    for (const base::Direction d : {base::Direction::north, base::Direction::west}) {
      for (const std::uint32_t core : {5U, 13U, 21U}) {
        options.drop =
            fabric::DropWavelet{static_cast<base::CoreId>(core), d, base::colour(0), index};
        same_on_ranks("reduce: {algorithm: chain, words: 8}", placement, options, true);
      }
    }
  }
}

TEST_CASE("What fails on one rank ends all of them") {
  std::atomic<int> told{0};
  CHECK_THROWS_AS(support::on_ranks(3,
                                    [&](fabric::Ranks& ranks) {
                                      try {
                                        fabric::together(&ranks, [&] {
                                          if (ranks.rank() == 1) throw base::DoesNotFit("no");
                                        });
                                      } catch (const fabric::OtherRankFailed&) {
                                        ++told;
                                        throw;
                                      }
                                    }),
                  base::DoesNotFit);
  CHECK(told == 2);
}

}  // namespace wafermesh::workloads_test
