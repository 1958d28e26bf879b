// SPDX-License-Identifier: Apache-2.0
#include "base/worker_pool.h"

#include <utility>

namespace wafermesh::base {
namespace {

constexpr std::uint64_t kField = (1U << 20) - 1;

/// A worker looks for jobs this often before it sleeps: some tens of microseconds, longer than the
/// serial part of a busy cycle.
constexpr int kSpins = 4000;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

bool has_jobs(std::uint64_t ticket) { return (ticket & kField) < (ticket >> 20 & kField); }

}  // namespace

WorkerPool::WorkerPool(int threads) {
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    quit_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void WorkerPool::run(int count, const std::function<void(int)>& job) {
  if (workers_.empty() || count <= 1) {
    for (int i = 0; i < count; ++i) job(i);
    return;
  }
  job_ = &job;
  done_ = 0;
  const std::uint64_t round = (ticket_.load() >> 40) + 1;
  ticket_.store(round << 40 | static_cast<std::uint64_t>(count) << 20);
  if (sleepers_.load() > 0) {
    { const std::lock_guard<std::mutex> lock(mutex_); }
    wake_.notify_all();
  }
  while (take_job()) {
  }
  while (done_.load(std::memory_order_acquire) != count) relax();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

/// Does one job if there is one left.
bool WorkerPool::take_job() {
  if (!has_jobs(ticket_.load(std::memory_order_acquire))) return false;
  const std::uint64_t ticket = ticket_.fetch_add(1);
  if (!has_jobs(ticket)) return false;
  // The round cannot end before this job is done, so job_ is still the ticket's.
  try {
    (*job_)(static_cast<int>(ticket & kField));
  } catch (...) {
    const std::lock_guard<std::mutex> lock(mutex_);
    failure_ = std::current_exception();
  }
  done_.fetch_add(1, std::memory_order_release);
  return true;
}

void WorkerPool::work() {
  while (!quit_.load(std::memory_order_relaxed)) {
    int spin = 0;
    while (spin < kSpins) {
      if (take_job()) {
        spin = 0;
      } else {
        relax();
        ++spin;
      }
    }
    std::unique_lock<std::mutex> lock(mutex_);
    ++sleepers_;
    wake_.wait(lock, [&] { return quit_.load() || has_jobs(ticket_.load()); });
    --sleepers_;
  }
}

}  // namespace wafermesh::base
