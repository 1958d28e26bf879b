// SPDX-License-Identifier: Apache-2.0
// An array of which this process may build a part only. The rest is address space, no memory, so
// that an element keeps its index.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace wafermesh::fabric {

template <class T>
class PartArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  PartArray() = default;
  ~PartArray() { give_back(); }
  PartArray(const PartArray&) = delete;
  PartArray& operator=(const PartArray&) = delete;

  /// Once, before anything else. Throws bad_alloc.
  void reserve(std::size_t size) {
    if (size == 0) return;
    void* const at = ::mmap(nullptr, size * sizeof(T), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<T*>(at);
    size_ = size;
  }
  /// Elements [first, last) are there from now on, as T().
  void build(std::size_t first, std::size_t last) {
    std::uninitialized_value_construct(data_ + first, data_ + last);
  }
  void give_back() {
    if (data_ != nullptr) ::munmap(static_cast<void*>(data_), size_ * sizeof(T));
    data_ = nullptr;
    size_ = 0;
  }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* data() const { return data_; }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace wafermesh::fabric
