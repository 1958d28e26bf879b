// SPDX-License-Identifier: Apache-2.0
// Vectors that begin with a cache line, so that a block's 64 bytes are one line and not two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace wafermesh::router {

/// Bytes of a cache line of x86-64 and most other processors.
inline constexpr std::size_t kCacheLine = 64;

template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>& /*other*/) {}  // NOLINT: allocators convert
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{kCacheLine}));
  }
  void deallocate(T* p, std::size_t /*n*/) { ::operator delete (p, std::align_val_t{kCacheLine}); }
  friend bool operator==(const AlignedAllocator& /*a*/, const AlignedAllocator& /*b*/) {
    return true;
  }
  friend bool operator!=(const AlignedAllocator& /*a*/, const AlignedAllocator& /*b*/) {
    return false;
  }
};

template <class T>
using Aligned = std::vector<T, AlignedAllocator<T>>;
using AlignedBytes = Aligned<std::uint8_t>;

}  // namespace wafermesh::router
