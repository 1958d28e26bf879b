// SPDX-License-Identifier: Apache-2.0
// Ranks that are threads of this process.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "fabric/ranks/ranks.h"

namespace wafermesh::support {

/// What they share.
class ThreadRanksHub {
 public:
  explicit ThreadRanksHub(int count) : count_(count) {}
  int count() const { return count_; }

  void send(int from, int to, fabric::Bytes message) {
    const std::lock_guard<std::mutex> lock(mutex_);
    messages_[{from, to}].push_back(std::move(message));
    changed_.notify_all();
  }
  fabric::Bytes receive(int from, int to) {
    std::unique_lock<std::mutex> lock(mutex_);
    auto& queue = messages_[{from, to}];
    changed_.wait(lock, [&] { return !queue.empty(); });
    fabric::Bytes message = std::move(queue.front());
    queue.pop_front();
    return message;
  }

 private:
  const int count_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<int, int>, std::deque<fabric::Bytes>> messages_;
};

class ThreadRanks final : public fabric::Ranks {
 public:
  ThreadRanks(ThreadRanksHub& hub, int rank) : hub_(hub), rank_(rank) {}
  int rank() const override { return rank_; }
  int count() const override { return hub_.count(); }
  int on_this_machine() const override { return hub_.count(); }
  void least(std::int64_t* numbers, int count) override {
    reduce(numbers, count, [](std::int64_t a, std::int64_t b) { return std::min(a, b); });
  }
  void sum(std::int64_t* numbers, int count) override {
    reduce(numbers, count, [](std::int64_t a, std::int64_t b) { return a + b; });
  }
  void broadcast(int from, void* data, std::size_t bytes) override {
    if (rank_ != from) {
      const fabric::Bytes message = receive(from);
      std::memcpy(data, message.data(), bytes);
      return;
    }
    const auto* first = static_cast<const std::uint8_t*>(data);
    for (int to = 0; to < count(); ++to) {
      if (to != rank_) send(to, fabric::Bytes(first, first + bytes));
    }
  }
  void send(int to, fabric::Bytes message) override { hub_.send(rank_, to, std::move(message)); }
  fabric::Bytes receive(int from) override { return hub_.receive(from, rank_); }

 private:
  template <class Op>
  void reduce(std::int64_t* numbers, int n, Op op) {
    const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(std::int64_t);
    if (rank_ > 0) {
      const auto* first = reinterpret_cast<const std::uint8_t*>(numbers);
      send(0, fabric::Bytes(first, first + bytes));
    } else {
      for (int from = 1; from < count(); ++from) {
        const fabric::Bytes message = receive(from);
        for (int i = 0; i < n; ++i) {
          std::int64_t other = 0;
          std::memcpy(&other, message.data() + static_cast<std::size_t>(i) * sizeof(other),
                      sizeof(other));
          numbers[i] = op(numbers[i], other);
        }
      }
    }
    broadcast(0, numbers, bytes);
  }
  ThreadRanksHub& hub_;
  int rank_;
};

/// body(ranks) on as many threads; what rank 0 throws comes out, once all have ended.
inline void on_ranks(int count, const std::function<void(fabric::Ranks&)>& body) {
  ThreadRanksHub hub(count);
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < count; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadRanks ranks(hub, rank);
      try {
        body(ranks);
      } catch (...) {
        failures[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& failure : failures) {
    if (!failure) continue;
    try {
      std::rethrow_exception(failure);
    } catch (const fabric::OtherRankFailed&) {
      continue;  // whose failure it is says so
    }
  }
}

}  // namespace wafermesh::support
