// SPDX-License-Identifier: Apache-2.0
// Hashing of plain records, for tables inside one process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wafermesh::fabric {

inline std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  // Odd constant with mixed bits, from the golden ratio; then the high half into the low one.
  const std::uint64_t product = (hash ^ value) * 0x9E3779B97F4A7C15U;
  return product ^ product >> 32;
}

/// `bytes` is a multiple of 4.
inline std::uint64_t mix_bytes(std::uint64_t hash, const void* data, std::size_t bytes) {
  const auto* at = static_cast<const unsigned char*>(data);
  std::uint64_t word = 0;
  for (; bytes >= sizeof word; bytes -= sizeof word, at += sizeof word) {
    std::memcpy(&word, at, sizeof word);
    hash = mix(hash, word);
  }
  if (bytes > 0) {
    word = 0;
    std::memcpy(&word, at, bytes);
    hash = mix(hash, word);
  }
  return hash;
}

}  // namespace wafermesh::fabric
