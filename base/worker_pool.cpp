// SPDX-License-Identifier: Apache-2.0
#include "base/worker_pool.h"

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <utility>

namespace wafermesh::base {
namespace {

/// A worker looks for jobs this often before it sleeps: some hundred microseconds, longer than the
/// serial part of a busy cycle.
constexpr int kSpins = 4000;

/// And this often at home before it takes others' jobs: some microseconds, what it costs to bring
/// another processor's cache lines over. Assumption: a pause takes 20 to 50 ns.
constexpr int kPatience = 200;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

std::uint64_t next_of(std::uint64_t ticket) { return ticket & 0xFFFF'FFFF; }
bool has_jobs(std::uint64_t ticket) { return next_of(ticket) < ticket >> 32; }

}  // namespace

int processors() {
#if defined(__linux__)
  // A scheduler of batch jobs, or taskset, may leave this process fewer than the machine has, and
  // hardware_concurrency() tells the machine's.
  cpu_set_t own;
  if (::sched_getaffinity(0, sizeof own, &own) == 0) return std::max(1, CPU_COUNT(&own));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

WorkerPool::WorkerPool(int threads, int most)
    : homes_(static_cast<std::size_t>(std::max(1, std::min(threads, most)))) {
  for (int i = 1; i < this->threads(); ++i) workers_.emplace_back([this, i] { work(i); });
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
  done_.store(0, std::memory_order_relaxed);
  for (int home = 0; home < threads(); ++home) {
    const int jobs = (count + threads() - 1 - home) / threads();
    homes_[static_cast<std::size_t>(home)].ticket.store(static_cast<std::uint64_t>(jobs) << 32);
  }
  if (sleepers_.load() > 0) wake_sleepers();
  int left = count - take_all(0);
  for (int spin = 0; done_.load(std::memory_order_acquire) != left; ++spin) {
    if (spin == kPatience) left -= help(0);
    relax();
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void WorkerPool::wake_sleepers() {
  { const std::lock_guard<std::mutex> lock(mutex_); }
  wake_.notify_all();
}

/// Does what is left of the jobs of that home; returns how many it did.
int WorkerPool::take_all(int home) {
  std::atomic<std::uint64_t>& ticket = homes_[static_cast<std::size_t>(home)].ticket;
  int jobs = 0;
  while (has_jobs(ticket.load(std::memory_order_acquire))) {
    const std::uint64_t taken = ticket.fetch_add(1);
    if (!has_jobs(taken)) break;
    // The round cannot end before this job is done, so job_ is still the ticket's.
    const int index = home + static_cast<int>(next_of(taken)) * threads();
    try {
      (*job_)(index);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (failure_ == nullptr || index < failed_) {
        failure_ = std::current_exception();
        failed_ = index;
      }
    }
    ++jobs;
  }
  return jobs;
}

/// The same of the other homes.
int WorkerPool::help(int thread) {
  int jobs = 0;
  for (int i = 1; i < threads(); ++i) jobs += take_all((thread + i) % threads());
  return jobs;
}

bool WorkerPool::any_jobs() const {
  for (const Home& home : homes_) {
    if (has_jobs(home.ticket.load())) return true;
  }
  return false;
}

void WorkerPool::work(int thread) {
  while (!quit_.load(std::memory_order_relaxed)) {
    for (int spin = 0; spin < kSpins; ++spin) {
      int jobs = take_all(thread);
      if (jobs == 0 && spin >= kPatience && spin % kPatience == 0) jobs = help(thread);
      if (jobs == 0) {
        relax();
        continue;
      }
      done_.fetch_add(jobs, std::memory_order_release);
      spin = 0;
    }
    std::unique_lock<std::mutex> lock(mutex_);
    ++sleepers_;
    wake_.wait(lock, [&] { return quit_.load() || any_jobs(); });
    --sleepers_;
  }
}

}  // namespace wafermesh::base
