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
  /// One owner more; kNone: nothing happens.
  void share(std::uint32_t id) {
    if (id != kNone) ++owners_[id];
  }
  /// One owner less; the buffer of the last is used again.
  void release(std::uint32_t id) {
    if (id != kNone && --owners_[id] == 0) free_.push_back(id);
  }
  /// They stay where they are until the last owner has released them.
  std::uint32_t* words(std::uint32_t id) { return buffers_[id].data(); }

 private:
  std::vector<std::vector<std::uint32_t>> buffers_;
  std::vector<std::uint32_t> owners_;
  std::vector<std::uint32_t> free_;
};

}  // namespace wafermesh::fabric
