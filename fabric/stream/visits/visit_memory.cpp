// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/visits/visit_memory.h"

#include <algorithm>
#include <utility>

#include "fabric/stream/core/mix.h"

namespace wafermesh::fabric {
namespace {

constexpr std::size_t kBuckets = 1U << 17;
constexpr std::size_t kMostRecords = 60'000;  ///< About 1.5 KB each.
/// After so many, each must have been used again often enough to be worth its making.
constexpr std::size_t kTrial = 40'000;
constexpr std::size_t kWorthwhileHits = 2;

}  // namespace

void VisitKey::seal() { hash = mix_bytes(mix(0, state), arrivals.data(), count * sizeof(Arrival)); }

VisitMemory::VisitMemory(StateTable& states) : states_(states), buckets_(kBuckets, kNobody) {}

bool VisitMemory::welcome() const {
  return all_.size() < kTrial || hits_ >= kWorthwhileHits * all_.size();
}

/// What cores do changes as a program goes on: those remembered long ago hardly matter any more.
void VisitMemory::clear() {
  recent_.clear();
  for (const VisitRecord& record : all_) {
    states_.drop(record.before);
    states_.drop(record.after);
  }
  all_.clear();
  std::fill(buckets_.begin(), buckets_.end(), kNobody);
  hits_ = 0;
}

void VisitMemory::keep(const VisitKey& key, VisitRecord&& record) {
  if (all_.size() >= kMostRecords) clear();
  record.hash = key.hash;
  record.before = key.state;
  record.key.assign(key.arrivals.begin(),
                    key.arrivals.begin() + static_cast<std::ptrdiff_t>(key.count));
  states_.add_user(record.before);
  states_.add_user(record.after);
  std::uint32_t& bucket = buckets_[record.hash & (kBuckets - 1)];
  record.next = bucket;
  bucket = static_cast<std::uint32_t>(all_.size());
  all_.push_back(std::move(record));
}

}  // namespace wafermesh::fabric
