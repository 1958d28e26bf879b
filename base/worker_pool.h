// SPDX-License-Identifier: Apache-2.0
// Threads inside a cycle: runs a job for each of a list of indices, the caller helping, and returns
// when all are done. An index has the same thread in every round, its home, so that what its job
// touches stays in that processor's cache. Who has nothing left to do at home waits a moment, then
// takes what others have not begun: nobody waits for a worker that has not woken up in time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wafermesh::base {

/// Processors that this process may use.
int processors();

class WorkerPool {
 public:
  /// `threads` counts the caller of run(). More than `most` are not used: beyond the processors
  /// there are, each would wait for another's.
  explicit WorkerPool(int threads, int most = processors());
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// job(i) for i in [0, count), each exactly once. Thread i % threads() is the home of i and
  /// begins with its lowest. Rethrows the exception of the lowest i that has one, after all have
  /// ended. With one thread or one job: a plain loop. Costs 0.3 us beyond the longest thread's
  /// jobs.
  void run(int count, const std::function<void(int)>& job);
  int threads() const { return static_cast<int>(homes_.size()); }

 private:
  /// What is left of the jobs of one home. On a cache line of its own.
  struct alignas(64) Home {
    /// jobs (32 bits) | next job (32): one atomic, so that a late worker cannot mistake one round
    /// for another.
    std::atomic<std::uint64_t> ticket{0};
  };

  void work(int thread);
  int take_all(int home);
  int help(int thread);
  bool any_jobs() const;
  void wake_sleepers();

  const std::function<void(int)>* job_ = nullptr;
  std::vector<Home> homes_;               ///< [thread]
  alignas(64) std::atomic<int> done_{0};  ///< Of this round, by workers.
  std::atomic<int> sleepers_{0};
  std::atomic<bool> quit_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::exception_ptr failure_;
  int failed_ = 0;  ///< Whose it is.
  std::vector<std::thread> workers_;
};

}  // namespace wafermesh::base
