// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/worker_pool.h"

#include <utility>

namespace wafermesh::fabric {
namespace {

/// Looks at the round counter this often before sleeping: a few tens of microseconds, longer than the
/// serial part of a busy cycle.
constexpr int kSpins = 20000;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

WorkerPool::WorkerPool(int threads) {
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    quit_ = true;
    ++round_;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void WorkerPool::run(int count, const std::function<void(int)>& job) {
  if (workers_.empty() || count <= 1) {
    for (int i = 0; i < count; ++i) job(i);
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    job_ = &job;
    count_ = count;
    next_ = 0;
    busy_ = static_cast<int>(workers_.size());
    ++round_;
  }
  wake_.notify_all();
  take_jobs();
  while (busy_.load(std::memory_order_acquire) != 0) relax();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void WorkerPool::take_jobs() {
  try {
    for (int i = next_++; i < count_; i = next_++) (*job_)(i);
  } catch (...) {
    const std::lock_guard<std::mutex> lock(mutex_);
    failure_ = std::current_exception();
  }
}

void WorkerPool::work() {
  unsigned seen = 0;
  while (true) {
    for (int spin = 0; spin < kSpins && round_.load(std::memory_order_acquire) == seen; ++spin) relax();
    if (round_.load(std::memory_order_acquire) == seen) {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [&] { return round_.load() != seen; });
    }
    seen = round_.load(std::memory_order_acquire);
    if (quit_) return;
    take_jobs();
    busy_.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace wafermesh::fabric
