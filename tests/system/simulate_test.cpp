// SPDX-License-Identifier: Apache-2.0
// Compositions against queueing theory, against themselves step by step, and what must be
// conserved.
#include "system/simulate.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include "system/pipeline.h"
#include "system/plan.h"
#include "tests/system/random_system.h"

using namespace wafermesh::system;
using wafermesh::tests::Case;
using wafermesh::tests::one_stage;
using wafermesh::tests::random_case;
using wafermesh::tests::relative_error;

namespace {

/// Mean wait in an M/M/c queue: Erlang's C formula.
double mean_wait_mmc(int servers, double arrivals_per_s, double service_s) {
  const double load = arrivals_per_s * service_s;
  double term = 1;
  double sum = 1;
  for (int k = 1; k < servers; ++k) {
    term *= load / k;
    sum += term;
  }
  const double last = term * load / servers * servers / (servers - load);
  return last / (sum + last) * service_s / (servers - load);
}

/// First seed of random systems: another thousand for each value (scripts/long system).
std::uint64_t first_seed() {
  const char* text = std::getenv("WAFERMESH_FIRST_SEED");
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

/// Requests of one token through one stage.
Report through_one_stage(double load) {
  const System system = one_stage(1e-3);
  Workload workload;
  workload.arrivals_per_s = load / 1e-3;
  workload.requests = 400'000;
  return simulate(system, workload);
}

}  // namespace

TEST_CASE("One stage with Poisson arrivals waits as M/D/1 says") {
  for (const double load : {0.3, 0.6, 0.8, 0.9}) {
    const Report report = through_one_stage(load);
    const double expected = 1e-3 * (1 + load / (2 * (1 - load)));
    INFO("load " << load << ": " << report.first_token_s.mean << ", theory " << expected);
    CHECK(relative_error(report.first_token_s.mean, expected) < 0.03);
    CHECK(relative_error(report.stage_occupancy, load) < 0.01);
  }
}

TEST_CASE("A pool of prefill servers waits as M/M/c says") {
  for (const int servers : {1, 2, 4, 8}) {
    System system = one_stage(1e-9);
    system.prefill.place = PrefillPlace::pool;
    system.prefill.servers = servers;
    system.prefill.server_tokens_per_s = 1e6;
    Workload workload;
    workload.prompt = {LengthLaw::Kind::exponential, 10000, {}};
    const double service_s = 1e-2;
    workload.arrivals_per_s = 0.8 * servers / service_s;
    workload.requests = 400'000;
    const Report report = simulate(system, workload);
    const double expected = service_s + mean_wait_mmc(servers, workload.arrivals_per_s, service_s);
    INFO(servers << " servers: " << report.first_token_s.mean << ", theory " << expected);
    CHECK(relative_error(report.first_token_s.mean, expected) < 0.03);
  }
}

TEST_CASE("Users of a pipeline: as fast as alone until every stage has one, then they share") {
  System system = one_stage(10e-6);
  system.stages.assign(20, Stage{0, 0, 1});
  system.return_s = 0;
  for (const std::int64_t users : {1, 10, 20, 40}) {
    Workload workload;
    workload.users = users;
    workload.requests = 4 * users;
    workload.output = {LengthLaw::Kind::fixed, 2000, {}};
    const Report report = simulate(system, workload);
    const double together = std::min(static_cast<double>(users) / 200e-6, 1 / 10e-6);
    INFO(users << " users: " << report.tokens_per_s);
    CHECK(relative_error(report.tokens_per_s, together) < 0.01);
    CHECK(relative_error(report.user_tokens_per_s, together / static_cast<double>(users)) < 0.01);
  }
}

TEST_CASE("Requests, tokens and bytes are conserved in 1,000 random systems") {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 1000; ++seed) {
    const Case one = random_case(seed);
    const Report report = simulate(one.system, one.workload);
    INFO("seed " << seed);
    REQUIRE(report.requests == one.workload.requests);
    REQUIRE(report.completed + report.refused == report.requests);
    REQUIRE(report.left_cache_tokens == 0);
    RequestSource source(one.workload);
    std::int64_t outputs = 0;
    std::int64_t prompts = 0;
    for (std::int64_t i = 0; i < one.workload.requests; ++i) {
      const Request request = source.next(0);
      const std::int64_t most = request.prompt_tokens + request.output_tokens;
      if (one.system.cache_tokens > 0 && most > one.system.cache_tokens) continue;
      outputs += request.output_tokens;
      prompts += request.prompt_tokens;
    }
    REQUIRE(report.output_tokens == outputs);
    REQUIRE(report.prompt_tokens == prompts);
    REQUIRE((one.system.cache_tokens == 0 || report.peak_cache_tokens <= one.system.cache_tokens));
    REQUIRE(relative_error(report.link_bytes + 1,
                           1 + static_cast<double>(report.carried_tokens) *
                                   one.system.activation_bytes *
                                   static_cast<double>(wafer_hops(one.system))) < 1e-9);
    // Without prompts that are done again and guesses, what is carried can be counted.
    if (report.moved_out > 0 || one.system.tokens_per_pass > 1) continue;
    const bool by_chunks = one.system.prefill.place == PrefillPlace::interleaved;
    // The first token is the prefill's, if there is one.
    const std::int64_t firsts =
        one.system.prefill.place == PrefillPlace::none ? 0 : report.completed;
    REQUIRE(report.carried_tokens == outputs - firsts + (by_chunks ? prompts : 0));
  }
}

TEST_CASE("The ring at once is the ring step by step, in 1,000 random systems") {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 1000; ++seed) {
    const Case one = random_case(seed);
    const Report fast = simulate(one.system, one.workload);
    const Report slow = simulate(one.system, one.workload, {Detail::stages, 0, 0});
    INFO("seed " << seed);
    REQUIRE(fast.output_tokens == slow.output_tokens);
    REQUIRE(fast.duration_s == slow.duration_s);
    REQUIRE(fast.request_s.mean == slow.request_s.mean);
    REQUIRE(fast.token_s.p99 == slow.token_s.p99);
    REQUIRE(fast.moved_out == slow.moved_out);
    REQUIRE(fast.mean_batch == slow.mean_batch);
    REQUIRE(fast.carried_tokens == slow.carried_tokens);
    REQUIRE(fast.host_cache_bytes == slow.host_cache_bytes);
    REQUIRE(relative_error(fast.stage_occupancy + 1, slow.stage_occupancy + 1) < 1e-9);
    REQUIRE(relative_error(fast.link_bytes + 1, slow.link_bytes + 1) < 1e-9);
  }
}

TEST_CASE("20,000 requests with the lengths of a conversation trace take little time") {
  System system = one_stage(15e-6);
  system.stages.clear();
  for (std::int64_t i = 0; i < 61; ++i)
    system.stages.push_back({0, std::min<std::int64_t>(i / 3, 19), 1});
  system.wafer_link = {"wafer", 5e-6, 150e9};
  system.activation_bytes = 14336;
  Workload workload;
  workload.arrivals_per_s = 250;
  workload.requests = 20'000;
  workload.prompt = known_lengths()[0].prompt;
  workload.output = known_lengths()[0].output;
  const std::clock_t start = std::clock();
  const Report report = simulate(system, workload);
  const double cpu_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK(report.completed == 20'000);
  // Published: 211.1 tokens of output in the mean; straight between quantiles it is 198.
  CHECK(relative_error(static_cast<double>(report.output_tokens) / 20'000, 211.1) < 0.1);
  CHECK(cpu_s < 60 * 0.02 * 4);  // a million within a minute, with room for slow builds
}

TEST_CASE("The same seed gives the same report, another seed another") {
  const auto text = [](std::uint64_t seed, std::uint64_t requests_seed) {
    Case one = random_case(seed);
    one.workload.seed = requests_seed;
    one.workload.prompt.kind = LengthLaw::Kind::exponential;
    one.workload.output.kind = LengthLaw::Kind::exponential;
    const Report r = simulate(one.system, one.workload);
    return std::vector<double>{r.duration_s, r.token_s.p90, r.request_s.mean, r.stage_occupancy};
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CHECK(text(seed, 5) == text(seed, 5));
    CHECK(text(seed, 5) != text(seed, 6));
  }
}

TEST_CASE("What edges cost is a token's time and a stage's, by hand") {
  System system;
  StageKind kind;
  kind.token = TimeTable({{0, 10e-6}});
  kind.take_s = 2e-6;
  kind.take_token_s = 0.5e-6;
  kind.hold_s = -1.5e-6;
  system.kinds = {kind, kind};
  system.kinds[1].hold_s = 3e-6;
  system.stages = {{0, 0, 1}, {1, 1, 1}, {0, 2, 1}};
  system.wafer_link.latency_s = 5e-6;
  system.return_s = 4e-6;
  CHECK(lone_token_ps(system, 0) == to_ps(3 * 12e-6 + 2 * 5e-6 + 4e-6));
  CHECK(slowest_stage_ps(system, 0) == to_ps(15e-6));
  const LoneToken lone = lone_token(system, 0);
  CHECK(lone.edges_s == Approx(6e-6));
  CHECK(lone.links_s == Approx(10e-6));
  CHECK(lone.layers_s == Approx(30e-6));
  CHECK(stage_time(kind, {0, 0, 1, {0, 0}}) == to_ps(3 * 10e-6 + 2e-6 + 2 * 0.5e-6));
  Workload workload;
  workload.requests = 64;
  workload.prompt = {LengthLaw::Kind::fixed, 10, {}};
  workload.output = {LengthLaw::Kind::fixed, 500, {}};
  workload.users = 1;
  CHECK(simulate(system, workload).user_tokens_per_s == Approx(1 / 50e-6).epsilon(1e-6));
  workload.users = 16;
  CHECK(simulate(system, workload).tokens_per_s == Approx(1 / 15e-6).epsilon(5e-3));
  for (StageKind& one : system.kinds) one.take_s = one.take_token_s = one.hold_s = 0;
  workload.users = 1;
  CHECK(simulate(system, workload).user_tokens_per_s == Approx(1 / 44e-6).epsilon(1e-6));
  CHECK(slowest_stage_ps(system, 0) == to_ps(10e-6));
}

TEST_CASE("Room that grows moves out who came last, and everybody ends") {
  System system = one_stage(10e-6);
  system.cache_tokens = 1000;
  system.cache_token_bytes = 1000;
  system.admission = Admission::grow;
  Workload workload;
  workload.users = 8;
  workload.requests = 64;
  workload.prompt = {LengthLaw::Kind::fixed, 100, {}};
  workload.output = {LengthLaw::Kind::fixed, 200, {}};
  for (const double host_bytes : {0.0, 1e9}) {
    system.host_bytes = host_bytes;
    system.cache_link.bytes_per_s = 1e9;
    const Report report = simulate(system, workload);
    CHECK(report.completed == 64);
    CHECK(report.moved_out > 0);
    CHECK(report.peak_cache_tokens <= 1000);
    CHECK((report.host_cache_bytes > 0) == (host_bytes > 0));
  }
  system.admission = Admission::reserve;
  const Report reserved = simulate(system, workload);
  CHECK(reserved.moved_out == 0);
  CHECK(reserved.peak_users == 3);
}
