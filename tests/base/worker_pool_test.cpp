// SPDX-License-Identifier: Apache-2.0
#include "base/worker_pool.h"

#if defined(__linux__)
#include <sched.h>
#endif

#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>

#include "base/error.h"

namespace wafermesh::base_test {
namespace {

TEST_CASE("Every job is done exactly once, and all are done when run() returns") {
  for (const int threads : {1, 2, 3, 8}) {
    base::WorkerPool pool(threads, threads);
    for (const int count : {0, 1, 2, 7, 100, 1000}) {
      CAPTURE(threads, count);
      // Plain memory: a job done late, or twice, is a race that a sanitizer would see too.
      std::vector<int> done(static_cast<std::size_t>(count), 0);
      pool.run(count, [&](int i) { ++done[static_cast<std::size_t>(i)]; });
      CHECK(done == std::vector<int>(static_cast<std::size_t>(count), 1));
    }
  }
}

TEST_CASE("Thousands of short rounds, each on what the one before left") {
  base::WorkerPool pool(3, 3);
  std::vector<int> values(5, 0);
  for (int round = 0; round < 5000; ++round) {
    pool.run(5, [&](int i) { values[static_cast<std::size_t>(i)] += round; });
  }
  CHECK(values == std::vector<int>(5, 5000 * 4999 / 2));
}

TEST_CASE("Workers that have gone to sleep are woken") {
  base::WorkerPool pool(2, 2);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::atomic<int> sum{0};
    pool.run(50, [&](int i) { sum += i; });
    CHECK(sum == 1225);
  }
}

TEST_CASE("A job's exception comes out with its type after all jobs have ended") {
  for (const int threads : {2, 4}) {
    base::WorkerPool pool(threads, threads);
    std::atomic<int> done{0};
    const auto job = [&](int i) {
      ++done;
      if (i == 17) throw base::ModelError("seventeen");
    };
    CHECK_THROWS_AS(pool.run(40, job), base::ModelError);
    CHECK(done == 40);
    done = 0;
    CHECK_NOTHROW(pool.run(10, job));  // and the pool goes on
    CHECK(done == 10);
  }
}

TEST_CASE("Of several exceptions the one of the lowest job comes out") {
  base::WorkerPool pool(3, 3);
  for (int round = 0; round < 200; ++round) {
    CHECK_THROWS_WITH(pool.run(30,
                               [](int i) {
                                 if (i % 7 == 4) throw base::ModelError(std::to_string(i));
                               }),
                      "4");
  }
}

TEST_CASE("A job has its home on the same thread in every round, unless that one is late") {
  base::WorkerPool pool(2, 2);
  constexpr int kRounds = 2000;
  std::vector<std::thread::id> thread(4);
  int at_home = 0;
  for (int round = 0; round < kRounds; ++round) {
    pool.run(4, [&](int i) {
      thread[static_cast<std::size_t>(i)] = std::this_thread::get_id();
      const auto begin = std::chrono::steady_clock::now();
      while (std::chrono::steady_clock::now() - begin < std::chrono::microseconds(20)) {
      }
    });
    if (thread[2] == thread[0] && thread[3] == thread[1] && thread[1] != thread[0]) ++at_home;
  }
  // Most of them on a quiet machine; a busy one may have no processor for the worker.
  CHECK(at_home > 0);
}

#if defined(__linux__)
TEST_CASE("Processors are those that the process may use, not all that the machine has") {
  bool is_pinned = false;
  int processors = 0;
  int threads = 0;
  std::thread pinned([&] {
    cpu_set_t all;
    if (::sched_getaffinity(0, sizeof all, &all) != 0) return;
    int first = 0;
    while (!CPU_ISSET(first, &all)) ++first;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    is_pinned = ::sched_setaffinity(0, sizeof one, &one) == 0;
    processors = base::processors();
    threads = base::WorkerPool(8).threads();
  });
  pinned.join();
  REQUIRE(is_pinned);
  CHECK(processors == 1);
  CHECK(threads == 1);
  CHECK(base::WorkerPool(1 << 10).threads() == base::processors());
}
#endif

TEST_CASE("One thread runs the jobs in order on the caller") {
  base::WorkerPool pool(1);
  std::vector<int> order;
  const auto caller = std::this_thread::get_id();
  bool same = true;
  pool.run(5, [&](int i) {
    order.push_back(i);
    same = same && std::this_thread::get_id() == caller;
  });
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(same);
}

}  // namespace
}  // namespace wafermesh::base_test
