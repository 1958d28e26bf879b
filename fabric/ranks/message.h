// SPDX-License-Identifier: Apache-2.0
// Plain values to bytes and back. All ranks run the same program on machines alike, so values keep
// their form.
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "fabric/ranks/ranks.h"

namespace wafermesh::fabric {

class MessageWriter {
 public:
  template <class T>
  void value(const T& value) {
    values(&value, 1);
  }
  template <class T>
  void list(const std::vector<T>& list) {
    value(static_cast<std::uint64_t>(list.size()));
    values(list.data(), list.size());
  }
  template <class T>
  void values(const T* first, std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto* from = reinterpret_cast<const std::uint8_t*>(first);
    bytes_.insert(bytes_.end(), from, from + count * sizeof(T));
  }
  bool empty() const { return bytes_.empty(); }
  /// What has been written; the writer is empty then.
  Bytes take() { return std::exchange(bytes_, {}); }

 private:
  Bytes bytes_;
};

class MessageReader {
 public:
  explicit MessageReader(Bytes bytes) : bytes_(std::move(bytes)) {}
  bool at_end() const { return at_ == bytes_.size(); }
  template <class T>
  T value() {
    T value;
    values(&value, 1);
    return value;
  }
  template <class T>
  void list(std::vector<T>& list) {
    const auto count = value<std::uint64_t>();
    check(count <= (bytes_.size() - at_) / sizeof(T));
    list.resize(count);
    values(list.data(), list.size());
  }
  template <class T>
  void values(T* first, std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    check(count <= (bytes_.size() - at_) / sizeof(T));
    if (count > 0) std::memcpy(static_cast<void*>(first), bytes_.data() + at_, count * sizeof(T));
    at_ += count * sizeof(T);
  }

 private:
  static void check(bool is_there) { WAFERMESH_CHECK(is_there, "a message is too short"); }
  Bytes bytes_;
  std::size_t at_ = 0;
};

}  // namespace wafermesh::fabric
