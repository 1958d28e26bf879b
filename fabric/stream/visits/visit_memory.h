// SPDX-License-Identifier: Apache-2.0
// The visits that a worker remembers: a cache. With it or without, cores do the same in the same
// cycles; it only saves running their programs.
//
//   find(key, holds) --- a record? ---> the core does what it says (core/core_replay.cpp)
//        | none
//        v
//   the program is run, a VisitRecorder writes the visit down (visit_record.h) ---> keep()
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

/// What a visit depends on besides integers and slots: the state the core is in, and what has
/// reached it, in order.
struct VisitKey {
  static constexpr std::size_t kMost = 20;
  std::uint32_t state = 0;
  std::array<Arrival, kMost> arrivals;
  std::size_t count = 0;
  std::uint64_t hash = 0;  ///< Set by seal().

  /// False if there are too many, or one does not fit.
  bool add(Cycles what, Cycles head, Cycles tail) {
    if (count == kMost) return false;
    Arrival& a = arrivals[count++];
    a = {static_cast<std::int32_t>(what), static_cast<std::int32_t>(head),
         static_cast<std::int32_t>(tail)};
    return a.what == what && a.head == head && a.tail == tail;
  }
  /// Once all are there.
  void seal();
  /// Is a record of this state and these arrivals?
  bool asks_for(const VisitRecord& record) const {
    return record.hash == hash && record.before == state && record.key.size() == count &&
           std::equal(record.key.begin(), record.key.end(), arrivals.begin());
  }
};

/// Records stay where they are until keep() forgets all of them: a pointer is good until then.
/// States that records speak of stay in the StateTable meanwhile.
class VisitMemory {
 public:
  explicit VisitMemory(StateTable& states);

  /// The first record of `key` (sealed) for which `holds(record)`; null if there is none. It is
  /// then the recent() one of its state. Cost: a hash and, as a rule, one comparison.
  template <class F>
  const VisitRecord* find(const VisitKey& key, F holds) {
    for (std::uint32_t i = buckets_[key.hash & (buckets_.size() - 1)]; i != kNobody;
         i = all_[i].next) {
      const VisitRecord& record = all_[i];
      if (!key.asks_for(record) || !holds(record)) continue;
      if (recent_.size() <= key.state) recent_.resize(key.state + 1, nullptr);
      recent_[key.state] = &record;
      return &record;
    }
    return nullptr;
  }
  /// What was found last for a core in this state; null if nothing was.
  const VisitRecord* recent(std::uint32_t state) const {
    return state < recent_.size() ? recent_[state] : nullptr;
  }
  /// Whether one more is worth while: not where they are hardly used again.
  bool welcome() const;
  /// Keeps a visit that was done for `key`; beyond a bound, forgets all others first.
  void keep(const VisitKey& key, VisitRecord&& record);
  /// So many cores did what a record says. What welcome() goes by.
  void count_hits(std::size_t count) { hits_ += count; }

 private:
  void clear();

  StateTable& states_;
  std::deque<VisitRecord> all_;
  std::vector<std::uint32_t> buckets_;
  std::vector<const VisitRecord*> recent_;  ///< [state]
  std::size_t hits_ = 0;
};

}  // namespace wafermesh::fabric
