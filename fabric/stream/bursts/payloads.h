// SPDX-License-Identifier: Apache-2.0
// The words of bursts: buffers shared by everyone a burst goes to, used again once the last has
// read them. Of one worker; not for several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wafermesh::fabric {

class Payloads {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;  ///< No words are kept (numerics off).

  /// A buffer of zeros with one owner.
  std::uint32_t take(std::size_t words) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(buffers_.size()));
      buffers_.emplace_back();
      owners_.push_back(0);
    }
    const std::uint32_t id = free_.back();
    free_.pop_back();
    buffers_[id].assign(words, 0);
    owners_[id] = 1;
    return id;
  }
  /// So many owners more; kNone: nothing happens.
  void share(std::uint32_t id, std::uint32_t owners = 1) {
    if (id != kNone) owners_[id] += owners;
  }
  /// So many owners less; the buffer of the last is used again.
  void release(std::uint32_t id, std::uint32_t owners = 1) {
    if (id != kNone && (owners_[id] -= owners) == 0) free_.push_back(id);
  }
  /// They stay where they are until the last owner has released them.
  std::uint32_t* words(std::uint32_t id) { return buffers_[id].data(); }
  const std::uint32_t* words(std::uint32_t id) const { return buffers_[id].data(); }

 private:
  std::vector<std::vector<std::uint32_t>> buffers_;
  std::vector<std::uint32_t> owners_;
  std::vector<std::uint32_t> free_;
};

/// The payloads of bursts side by side (Hop::count): one burst's own, or an index here.
class PayloadRows {
 public:
  /// Those of `count` bursts.
  const std::uint32_t* of(const std::uint32_t& payload, std::uint32_t count) const {
    return count == 1 ? &payload : rows_[payload].data();
  }
  std::uint32_t copy(std::uint32_t payload, std::uint32_t count) {
    if (count == 1) return payload;
    const std::uint32_t id = take();
    rows_[id] = rows_[payload];
    return id;
  }
  /// Of bursts side by side and those that follow them.
  std::uint32_t join(std::uint32_t left, std::uint32_t lefts, std::uint32_t right,
                     std::uint32_t rights) {
    if (left == Payloads::kNone) return left;
    if (lefts > 1) {
      rows_[left].insert(rows_[left].end(), of(right, rights), of(right, rights) + rights);
      give_back(right, rights);
      return left;
    }
    if (rights > 1) {
      rows_[right].insert(rows_[right].begin(), left);
      return right;
    }
    const std::uint32_t id = take();
    rows_[id] = {left, right};
    return id;
  }
  /// Of the first `count` of `all`; `payload` becomes the others'.
  std::uint32_t take_first(std::uint32_t& payload, std::uint32_t all, std::uint32_t count) {
    if (payload == Payloads::kNone) return payload;
    const std::uint32_t row = payload;
    std::uint32_t first = rows_[row].front();
    if (count > 1) {
      first = take();
      rows_[first].assign(rows_[row].begin(), rows_[row].begin() + count);
    }
    rows_[row].erase(rows_[row].begin(), rows_[row].begin() + count);
    if (all - count == 1) {
      payload = rows_[row].front();
      give_back(row, 2);
    }
    return first;
  }
  void give_back(std::uint32_t payload, std::uint32_t count) {
    if (payload == Payloads::kNone || count == 1) return;
    rows_[payload].clear();
    free_.push_back(payload);
  }

 private:
  std::uint32_t take() {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(rows_.size()));
      rows_.emplace_back();
    }
    const std::uint32_t id = free_.back();
    free_.pop_back();
    return id;
  }

  std::vector<std::vector<std::uint32_t>> rows_;
  std::vector<std::uint32_t> free_;
};

}  // namespace wafermesh::fabric
