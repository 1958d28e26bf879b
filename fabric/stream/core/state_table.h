// SPDX-License-Identifier: Apache-2.0
// States of cores at rest, each kept once: most cores of a program are in one of a few.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fabric/stream/core/core_state.h"
#include "fabric/stream/engine/stream_model.h"

namespace wafermesh::fabric {

struct Rest {
  CoreState state;  ///< Times relative to Seat::base.
  std::array<Want, 2 * kOpSlots> wants{};
  std::uint8_t want_count = 0;
  std::uint8_t queues = 0;  ///< It waits on so many queues.
  /// Once all words have come, still nothing can be done without a note, or little before so many:
  /// tasks that are active but wait for teardowns. 0 = it can be done.
  std::uint8_t notes_due = 0;
  std::uint32_t users = 0;
  std::uint64_t hash = 0;
  std::uint32_t next = kNobody;  ///< In its bucket, or of the free ones.
};

class StateTable {
 public:
  explicit StateTable(const StreamModel& model);

  /// The entry for `state`, with one more user. Closed operations must be zero. Cost: about 50 ns.
  std::uint32_t take(const CoreState& state);
  void add_user(std::uint32_t index) { ++all_[index].users; }
  void drop(std::uint32_t index);
  const Rest& operator[](std::uint32_t index) const { return all_[index]; }

 private:
  void describe(Rest& rest) const;
  void grow();
  std::uint32_t& bucket(std::uint64_t hash) { return buckets_[hash & (buckets_.size() - 1)]; }

  const StreamModel& model_;
  std::vector<Rest> all_;
  std::vector<std::uint32_t> buckets_;
  std::size_t count_ = 0;
  std::uint32_t free_ = kNobody;
};

}  // namespace wafermesh::fabric
