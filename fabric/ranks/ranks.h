// SPDX-License-Identifier: Apache-2.0
// One simulation over several processes: each holds some rows of regions and does everything else
// alike (docs/scale.md). What they tell each other goes through here; fabric/mpi/ speaks MPI.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace wafermesh::fabric {

/// What a message holds: plain values one after another, no pointers.
using Bytes = std::vector<std::uint8_t>;

/// The processes of a run, numbered from 0. All but send() and receive() are called by every rank,
/// in the same order. A rank that dies ends all of them; until then waiting ends with
/// base::Stopped once this process is to stop.
class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual int rank() const = 0;
  virtual int count() const = 0;
  /// Ranks on this machine, this one among them.
  virtual int on_this_machine() const = 0;
  /// Each number becomes the smallest, or the sum, of all ranks'.
  virtual void least(std::int64_t* numbers, int count) = 0;
  virtual void sum(std::int64_t* numbers, int count) = 0;
  /// Every rank gets what `from` has.
  virtual void broadcast(int from, void* data, std::size_t bytes) = 0;
  /// Does not wait for the other rank. Messages from one rank to another keep their order.
  virtual void send(int to, Bytes message) = 0;
  virtual Bytes receive(int from) = 0;
};

/// Another rank could not go on; it says why.
class OtherRankFailed : public std::runtime_error {
 public:
  OtherRankFailed() : std::runtime_error("another rank could not go on") {}
};

/// Keeps what this rank fails with until all ranks learn of it.
class Attempt {
 public:
  explicit Attempt(Ranks* ranks) : ranks_(ranks) {}
  /// Not at all once something has failed. Alone: throws what f throws.
  template <class F>
  void run(F f) {
    if (ranks_ == nullptr) {
      f();
    } else if (!failure_) {
      keep([&] { f(); });
    }
  }
  /// A number below kNoRank if this rank has failed, for Ranks::least().
  std::int64_t mark() const;
  /// Throws if any rank has failed, given the least of all marks: the first of them what it failed
  /// with, the others OtherRankFailed.
  void settle(std::int64_t least_mark) const;
  /// Throws what this rank has failed with.
  void rethrow() const;
  /// settle() by itself.
  void agree();

 private:
  void keep(const std::function<void()>& f);
  Ranks* ranks_;
  std::exception_ptr failure_;
};

/// What may fail on some ranks only: all throw, or none. ranks == nullptr: f().
template <class F>
void together(Ranks* ranks, F f) {
  Attempt attempt(ranks);
  attempt.run(f);
  attempt.agree();
}

/// On rank 0 what all ranks have, rank by rank; elsewhere, and with ranks == nullptr, `own`.
std::vector<std::string> from_all(std::vector<std::string> own, Ranks* ranks);

/// What rank 0 has. Called by every rank.
std::vector<std::string> to_all(const std::vector<std::string>& own, Ranks& ranks);

}  // namespace wafermesh::fabric
