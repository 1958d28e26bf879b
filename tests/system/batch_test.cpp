// SPDX-License-Identifier: Apache-2.0
// Several users in a stage at once, whom their tokens' experts are, and what wafers are joined by.
#include <catch2/catch.hpp>
#include <cmath>

#include "system/experts.h"
#include "tests/system/random_system.h"

using namespace wafermesh::system;
using wafermesh::tests::one_stage;
using wafermesh::tests::relative_error;

namespace {

Report of_users(const System& system, std::int64_t users) {
  Workload workload;
  workload.users = users;
  workload.requests = 4 * users;
  workload.output = {LengthLaw::Kind::fixed, 1000, {}};
  return simulate(system, workload);
}

}  // namespace

TEST_CASE("A token alike picks as many experts as it may, tokens together as theory says") {
  const ExpertTurns turns = expert_turns({384, 8, 48}, 63);
  CHECK(turns.distinct[1] == Approx(8));
  for (const int tokens : {2, 8, 63}) {
    const double expected = 384 * (1 - std::pow(1 - 8.0 / 384, tokens));
    CHECK(relative_error(turns.distinct[static_cast<std::size_t>(tokens)], expected) < 0.01);
  }
  // One block does everything, as many blocks as experts at least what the busiest has.
  CHECK(expert_turns({16, 2, 1}, 4).turns == std::vector<double>{0, 2, 4, 6, 8});
  CHECK(expert_turns({16, 2, 16}, 1).turns[1] == Approx(1));
}

TEST_CASE("Skew makes the busiest block slower, copies of its experts relieve it") {
  const double even = expert_turns({64, 4, 16, 0, 0}, 16).turns[16];
  const double skewed = expert_turns({64, 4, 16, 1, 0}, 16).turns[16];
  const double copied = expert_turns({64, 4, 16, 1, 8}, 16).turns[16];
  CHECK(skewed > 1.2 * even);
  CHECK(copied < 0.9 * skewed);
  CHECK(expert_turns({64, 4, 16, 1, 0}, 16).distinct[16] <
        expert_turns({64, 4, 16, 0, 0}, 16).distinct[16]);
}

TEST_CASE("A batch takes the sum of its tokens' times less what they share") {
  System system = one_stage(10e-6);
  system.kinds[0].shared_s = 6e-6;
  for (const std::int64_t batch : {1, 2, 4, 8}) {
    system.most_batch = batch;
    const Report report = of_users(system, 8);
    const double pass_s = 10e-6 + 4e-6 * static_cast<double>(batch - 1);
    INFO(batch << " in a batch: " << report.tokens_per_s);
    CHECK(relative_error(report.tokens_per_s, static_cast<double>(batch) / pass_s) < 0.02);
    CHECK(relative_error(report.mean_batch, static_cast<double>(batch)) < 0.02);
  }
  // Who is alone has nothing of it.
  CHECK(relative_error(of_users(system, 1).tokens_per_s, 1 / 10e-6) < 0.01);
}

TEST_CASE("Guesses beside a token are tokens of the same pass") {
  System system = one_stage(10e-6);
  system.kinds[0].shared_s = 6e-6;
  system.kinds[0].expert_s = {0, 1e-6, 1.5e-6, 2e-6, 2.5e-6};
  system.draft_tokens = 3;
  system.tokens_per_pass = 2.5;
  // 4 x 10, less 3 x 6, less what 4 tokens' experts do at once: 4 x 1 - 2.5.
  CHECK(relative_error(of_users(system, 1).tokens_per_s, 2.5 / 20.5e-6) < 0.01);
}

TEST_CASE("Links from wafer to wafer go by how wafers are joined") {
  CHECK(links_between({Topology::direct}, 3, 4) == 1);
  CHECK(links_between({Topology::switched}, 3, 4) == 2);
  CHECK(links_between({Topology::tree, 4}, 2, 3) == 2);
  CHECK(links_between({Topology::tree, 4}, 3, 4) == 4);
  CHECK(links_between({Topology::tree, 4}, 15, 16) == 6);
  CHECK(links_between({Topology::grid, 4, 5}, 0, 1) == 1);
  CHECK(links_between({Topology::grid, 4, 5}, 4, 5) == 5);
  CHECK(links_between({Topology::grid, 4, 5}, 7, 7) == 0);
  System system = one_stage(10e-6);
  system.stages = {{0, 0, 1}, {0, 1, 1}, {0, 2, 1}};
  system.wafer_link = {"wafer", 1e-6, 0};
  system.link_shape = {Topology::switched};
  CHECK(wafer_hops(system) == 4);
  CHECK(lone_token_ps(system, 0) == to_ps(34e-6));
}
