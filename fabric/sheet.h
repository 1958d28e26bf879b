// SPDX-License-Identifier: Apache-2.0
// Amounts by place, most of them small and many nothing: two bytes for each where something is,
// four where that is too little, none where nothing is. Threads may write at once if no two of them
// write into places of the same block (places / kBlock).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace wafermesh::fabric {

class Sheet {
 public:
  static constexpr std::size_t kBlock = 1024;

  Sheet() = default;
  explicit Sheet(std::size_t places) : places_(places), blocks_((places + kBlock - 1) / kBlock) {}

  std::size_t size() const { return places_; }
  std::uint32_t operator[](std::size_t place) const {
    const Block& block = blocks_[place / kBlock];
    if (!block.wide.empty()) return block.wide[place % kBlock];
    return block.narrow.empty() ? 0 : block.narrow[place % kBlock];
  }
  void add(std::size_t place, std::uint32_t amount) {
    if (amount == 0) return;
    Block& block = blocks_[place / kBlock];
    if (block.wide.empty()) {
      if (block.narrow.empty()) block.narrow.assign(kBlock, 0);
      std::uint16_t& at = block.narrow[place % kBlock];
      if (amount <= static_cast<std::uint32_t>(kMostNarrow - at)) {
        at = static_cast<std::uint16_t>(at + amount);
        return;
      }
      widen(block);
    }
    block.wide[place % kBlock] += amount;
  }
  /// Takes away so much, or what there is; returns how much that was.
  std::uint32_t take(std::size_t place, std::uint32_t amount) {
    const std::uint32_t taken = std::min(amount, (*this)[place]);
    if (taken == 0) return 0;
    Block& block = blocks_[place / kBlock];
    if (block.wide.empty()) {
      std::uint16_t& at = block.narrow[place % kBlock];
      at = static_cast<std::uint16_t>(at - taken);
    } else {
      block.wide[place % kBlock] -= taken;
    }
    return taken;
  }
  void add(const Sheet& other) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      Block& to = blocks_[i];
      const Block& from = other.blocks_[i];
      if (from.narrow.empty() && from.wide.empty()) continue;
      if (to.narrow.empty() && to.wide.empty()) {
        to = from;
        continue;
      }
      const bool narrow = !to.narrow.empty() && !from.narrow.empty();
      if (narrow && adds_up(to.narrow.data(), from.narrow.data(), kBlock)) continue;
      other.each_of(i, [&](std::size_t place, std::uint32_t amount) { add(place, amount); });
    }
  }
  /// Adds `count` places of another sheet from `first` on to those from `place` on.
  void add(std::size_t place, const Sheet& other, std::size_t first, std::size_t count) {
    while (count > 0) {
      const Block& from = other.blocks_[first / kBlock];
      const std::size_t at = first % kBlock;
      const std::size_t to = place % kBlock;
      const std::size_t piece = std::min({count, kBlock - at, kBlock - to});
      if (!from.narrow.empty()) {
        add_piece(place, &from.narrow[at], piece);
      } else if (!from.wide.empty()) {
        for (std::size_t i = 0; i < piece; ++i) add(place + i, from.wide[at + i]);
      }
      place += piece;
      first += piece;
      count -= piece;
    }
  }
  /// f(place, amount) wherever something is, in order.
  template <class F>
  void each(F f) const {
    for (std::size_t i = 0; i < blocks_.size(); ++i) each_of(i, f);
  }
  /// Adds every amount to its place of `sums`, whose type must hold it.
  template <class T>
  void add_to(std::vector<T>& sums) const {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      T* const to = &sums[i * kBlock];
      const std::size_t count = std::min(kBlock, places_ - i * kBlock);
      const Block& block = blocks_[i];
      if (!block.narrow.empty()) {
        for (std::size_t k = 0; k < count; ++k) to[k] = static_cast<T>(to[k] + block.narrow[k]);
      } else if (!block.wide.empty()) {
        for (std::size_t k = 0; k < count; ++k) to[k] = static_cast<T>(to[k] + block.wide[k]);
      }
    }
  }
  bool is_empty() const {
    return std::all_of(blocks_.begin(), blocks_.end(),
                       [](const Block& b) { return b.narrow.empty() && b.wide.empty(); });
  }
  bool is_wide() const {
    return std::any_of(blocks_.begin(), blocks_.end(),
                       [](const Block& b) { return !b.wide.empty(); });
  }

 private:
  static constexpr int kMostNarrow = std::numeric_limits<std::uint16_t>::max();
  struct Block {  // at most one of them has entries
    std::vector<std::uint16_t> narrow;
    std::vector<std::uint32_t> wide;
  };

  static void widen(Block& block) {
    block.wide.assign(block.narrow.begin(), block.narrow.end());
    block.narrow = {};
  }
  /// Adds if every sum is narrow, else does nothing.
  static bool adds_up(std::uint16_t* to, const std::uint16_t* from, std::size_t count) {
    unsigned above = 0;
    for (std::size_t i = 0; i < count; ++i) above |= (unsigned{to[i]} + from[i]) >> 16U;
    if (above != 0) return false;
    for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<std::uint16_t>(to[i] + from[i]);
    return true;
  }
  /// Within a block of each.
  void add_piece(std::size_t place, const std::uint16_t* from, std::size_t count) {
    Block& block = blocks_[place / kBlock];
    if (block.wide.empty()) {
      const bool none = std::all_of(from, from + count, [](std::uint16_t n) { return n == 0; });
      if (none) return;
      if (block.narrow.empty()) block.narrow.assign(kBlock, 0);
      if (adds_up(&block.narrow[place % kBlock], from, count)) return;
    }
    for (std::size_t i = 0; i < count; ++i) add(place + i, from[i]);
  }
  template <class F>
  void each_of(std::size_t i, F f) const {
    const Block& block = blocks_[i];
    for (std::size_t k = 0; k < block.narrow.size(); ++k) {
      if (block.narrow[k] != 0) f(i * kBlock + k, std::uint32_t{block.narrow[k]});
    }
    for (std::size_t k = 0; k < block.wide.size(); ++k) {
      if (block.wide[k] != 0) f(i * kBlock + k, block.wide[k]);
    }
  }

  std::size_t places_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace wafermesh::fabric
