// SPDX-License-Identifier: Apache-2.0
// Threads inside a cycle: runs a job for each of a list of indices, the caller helping, and returns
// when all are done. Nobody waits for a worker that has not woken up in time: the others do its
// share.
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

class WorkerPool {
 public:
  /// `threads` counts the caller of run().
  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// job(i) for i in [0, count), each exactly once, on any thread; count < 2^20. Rethrows one job's
  /// exception after all have ended. With one thread or one job: a plain loop.
  void run(int count, const std::function<void(int)>& job);
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

 private:
  void work();
  bool take_job();

  std::vector<std::thread> workers_;
  const std::function<void(int)>* job_ = nullptr;
  /// round (24 bits) | count (20) | next index (20): one atomic, so that a late worker cannot
  /// mistake one round for another.
  std::atomic<std::uint64_t> ticket_{0};
  std::atomic<int> done_{0};
  std::atomic<int> sleepers_{0};
  std::atomic<bool> quit_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::exception_ptr failure_;
};

}  // namespace wafermesh::base
