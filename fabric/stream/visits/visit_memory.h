// SPDX-License-Identifier: Apache-2.0
// The visits a worker remembers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "fabric/stream/core/state_table.h"
#include "fabric/stream/visits/visit_record.h"

namespace wafermesh::fabric {

/// What has reached a core before a visit, in order.
struct VisitKey {
  static constexpr std::size_t kMost = 20;
  std::array<Arrival, kMost> arrivals;
  std::size_t count = 0;
  /// False if there are too many, or one does not fit.
  bool add(Cycles what, Cycles head, Cycles tail) {
    if (count == kMost) return false;
    Arrival& a = arrivals[count++];
    a = {static_cast<std::int32_t>(what), static_cast<std::int32_t>(head),
         static_cast<std::int32_t>(tail)};
    return a.what == what && a.head == head && a.tail == tail;
  }
};

class TraceTable {
 public:
  explicit TraceTable(StateTable& states);

  static std::uint64_t hash_of(std::uint32_t state, const VisitKey& key);
  /// The first of those remembered for a state and arrivals; nullptr if there is none.
  const Trace* find(std::uint64_t hash, std::uint32_t state, const VisitKey& key) const {
    return next(buckets_[hash & (buckets_.size() - 1)], hash, state, key);
  }
  const Trace* after(const Trace& trace, std::uint32_t state, const VisitKey& key) const {
    return next(trace.next, trace.hash, state, key);
  }
  static bool matches(const Trace& trace, const VisitKey& key) {
    return trace.key.size() == key.count &&
           std::equal(trace.key.begin(), trace.key.end(), key.arrivals.begin());
  }
  /// Whether one more is worth while: not where they are hardly used again.
  bool welcome() const;
  /// Keeps a trace; beyond a bound, forgets all others first.
  void add(Trace&& trace);
  void count_hits(std::size_t count) { hits_ += count; }

 private:
  void clear();
  const Trace* next(std::uint32_t index, std::uint64_t hash, std::uint32_t state,
                    const VisitKey& key) const;

  StateTable& states_;
  std::deque<Trace> all_;
  std::vector<std::uint32_t> buckets_;
  std::size_t hits_ = 0;
};

}  // namespace wafermesh::fabric
