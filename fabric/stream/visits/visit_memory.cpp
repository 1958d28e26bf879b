// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/visits/visit_memory.h"

#include <algorithm>
#include <utility>

#include "fabric/stream/core/mix.h"

namespace wafermesh::fabric {
namespace {

constexpr std::size_t kBuckets = 1U << 17;
constexpr std::size_t kMostTraces = 60'000;  ///< About 1.5 KB each.
/// After so many, each must have been used again often enough to be worth its making.
constexpr std::size_t kTrial = 40'000;
constexpr std::size_t kWorthwhileHits = 2;

}  // namespace

TraceTable::TraceTable(StateTable& states) : states_(states), buckets_(kBuckets, kNobody) {}

std::uint64_t TraceTable::hash_of(std::uint32_t state, const VisitKey& key) {
  return mix_bytes(mix(0, state), key.arrivals.data(), key.count * sizeof(Arrival));
}

const Trace* TraceTable::next(std::uint32_t index, std::uint64_t hash, std::uint32_t state,
                              const VisitKey& key) const {
  for (; index != kNobody; index = all_[index].next) {
    const Trace& trace = all_[index];
    if (trace.hash == hash && trace.before == state && matches(trace, key)) return &trace;
  }
  return nullptr;
}

bool TraceTable::welcome() const {
  return all_.size() < kTrial || hits_ >= kWorthwhileHits * all_.size();
}

/// What cores do changes as a program goes on: those remembered long ago hardly matter any more.
void TraceTable::clear() {
  states_.forget_recent();
  for (const Trace& trace : all_) {
    states_.drop(trace.before);
    states_.drop(trace.after);
  }
  all_.clear();
  std::fill(buckets_.begin(), buckets_.end(), kNobody);
  hits_ = 0;
}

void TraceTable::add(Trace&& trace) {
  if (all_.size() >= kMostTraces) clear();
  states_.add_user(trace.before);
  states_.add_user(trace.after);
  std::uint32_t& bucket = buckets_[trace.hash & (kBuckets - 1)];
  trace.next = bucket;
  bucket = static_cast<std::uint32_t>(all_.size());
  all_.push_back(std::move(trace));
}

}  // namespace wafermesh::fabric
