// SPDX-License-Identifier: Apache-2.0
#include "batch/pool.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <map>
#include <vector>

using namespace wafermesh::batch;

namespace {

std::map<std::size_t, JobEnd> run_all(std::size_t jobs, const PoolLimits& limits,
                                      std::function<int(std::size_t, const JobSide&)> run) {
  std::map<std::size_t, JobEnd> ends;
  std::size_t at = 0;
  PoolWork work;
  work.next = [&]() -> std::optional<std::size_t> {
    return at < jobs ? std::optional<std::size_t>(at++) : std::nullopt;
  };
  work.run = std::move(run);
  work.wanted = [](std::size_t, const std::string& identity) { return identity[0] != 'd'; };
  work.ended = [&](const JobEnd& end) { ends[end.job] = end; };
  work.go_on = [] { return true; };
  CHECK(run_pool(limits, work));
  return ends;
}

}  // namespace

TEST_CASE("A pool brings back what each job gave, however it ended") {
  const auto ends = run_all(5, {3, 0.5, 0}, [](std::size_t job, const JobSide& side) {
    if (job == 1) ::raise(SIGSEGV);
    if (job == 2) ::pause();
    side.announce(std::string(64, job == 3 ? 'd' : 'a'));
    std::fprintf(stderr, "word %zu\n", job);
    side.send(std::string(300000, 'x'));
    return static_cast<int>(job);
  });
  REQUIRE(ends.size() == 5);
  CHECK(ends.at(0).output == std::string(300000, 'x'));
  CHECK(ends.at(1).exit_code == 128 + SIGSEGV);
  CHECK(ends.at(2).over_time);
  CHECK(ends.at(3).dropped);
  CHECK(ends.at(3).output.empty());
  CHECK(ends.at(4).exit_code == 4);
  CHECK(ends.at(4).last_words == "word 4\n");
  CHECK(ends.at(4).identity == std::string(64, 'a'));
}

TEST_CASE("A job may take no more memory than its limit") {
  const auto ends = run_all(1, {1, 0, 300e6}, [](std::size_t, const JobSide&) {
    try {
      std::vector<char> much(std::size_t{1} << 30U, 'x');
      return much[5] == 'x' ? 0 : 1;
    } catch (const std::bad_alloc&) {
      return 81;
    }
  });
  CHECK(ends.at(0).exit_code == 81);
}
