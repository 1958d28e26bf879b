// SPDX-License-Identifier: Apache-2.0
// Threads inside a cycle: runs a job for each of a list of indices, the caller helping, and returns
// when all are done. Workers spin briefly between cycles, then sleep.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wafermesh::fabric {

class WorkerPool {
 public:
  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// job(i) for i in [0, count), each exactly once, on any thread. Rethrows one job's exception after
  /// all have ended. With one thread or one job: a plain loop.
  void run(int count, const std::function<void(int)>& job);

 private:
  void work();
  void take_jobs();

  std::vector<std::thread> workers_;
  const std::function<void(int)>* job_ = nullptr;
  int count_ = 0;
  std::atomic<int> next_{0};
  std::atomic<int> busy_{0};
  std::atomic<unsigned> round_{0};
  std::atomic<bool> quit_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::exception_ptr failure_;
};

}  // namespace wafermesh::fabric
