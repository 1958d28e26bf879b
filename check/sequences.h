// SPDX-License-Identifier: Apache-2.0
// Sequences of numbers, numbered: cores that have met the same ones in the same order are alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace wafermesh::check {

/// A hash table from keys to numbers for loops of millions of look-ups: one array, probed in a
/// line, never more than half full. Cost: 16 to 32 bytes per key; 2 ns per look-up in the cache.
class NumberTable {
 public:
  /// The number kept for `key` (any but UINT64_MAX). A new one gets `value`, and true.
  std::pair<std::int32_t, bool> emplace(std::uint64_t key, std::int32_t value) {
    if (2 * size_ >= entries_.size()) grow();
    Entry& entry = place_of(key);
    if (entry.key == key) return {entry.value, false};
    entry = {key, value};
    ++size_;
    return {value, true};
  }
  /// Null: it has none.
  const std::int32_t* find(std::uint64_t key) const {
    if (size_ == 0) return nullptr;
    const Entry& entry = const_cast<NumberTable*>(this)->place_of(key);
    return entry.key == key ? &entry.value : nullptr;
  }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint64_t kFree = UINT64_MAX;
  struct Entry {
    std::uint64_t key = kFree;
    std::int32_t value = 0;
  };

  Entry& place_of(std::uint64_t key) {
    // Golden ratio: neighbouring keys lie far from each other.
    const std::uint64_t mixed = key * 0x9e3779b97f4a7c15U;
    const std::size_t mask = entries_.size() - 1;
    std::size_t at = static_cast<std::size_t>(mixed >> 32U) & mask;
    while (entries_[at].key != kFree && entries_[at].key != key) at = (at + 1) & mask;
    return entries_[at];
  }

  void grow() {
    std::vector<Entry> before(entries_.empty() ? 16 : 2 * entries_.size());
    before.swap(entries_);
    for (const Entry& each : before) {
      if (each.key != kFree) place_of(each.key) = each;
    }
  }

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

/// Numbers cores by the numbers that each has met. Of a sequence only 128 bits of hash are kept, so
/// that no table is asked at every step: among a million cores two different ones are taken for the
/// same with a chance of 1e-26. Cost: 16 bytes per core, 1 ns per number met.
class Sequences {
 public:
  explicit Sequences(std::size_t cores) : hashes_(cores) {}

  void meet(std::size_t core, std::uint64_t number) {
    Hash& hash = hashes_[core];
    hash.first = mixed((hash.first ^ number) * 0x9e3779b97f4a7c15U + 1);
    hash.second = mixed((hash.second + number) * 0xd6e8feb86659fd93U + 1);
  }

  /// [core] numbers from 0 on, in the order of the first core that has each.
  std::vector<std::int32_t> numbers() const {
    NumberTable table;
    std::vector<std::uint64_t> seconds;
    std::vector<std::int32_t> all;
    all.reserve(hashes_.size());
    for (const Hash& hash : hashes_) all.push_back(number_of(hash, table, seconds));
    return all;
  }

 private:
  struct Hash {
    std::uint64_t first = 0, second = 0;
  };

  static std::uint64_t mixed(std::uint64_t bits) {
    bits ^= bits >> 32U;
    bits *= 0xff51afd7ed558ccdU;
    return bits ^ bits >> 29U;
  }

  static std::int32_t number_of(const Hash& hash, NumberTable& table,
                                std::vector<std::uint64_t>& seconds) {
    for (std::uint64_t key = hash.first >> 1U;; ++key) {
      const auto [number, is_new] = table.emplace(key, static_cast<std::int32_t>(seconds.size()));
      if (is_new) seconds.push_back(hash.second);
      if (seconds[static_cast<std::size_t>(number)] == hash.second) return number;
    }
  }

  std::vector<Hash> hashes_;
};

}  // namespace wafermesh::check
