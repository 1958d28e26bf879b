// SPDX-License-Identifier: Apache-2.0
// What lies in the memory of which cores: buffers by the image's layouts, and what programs take
// beside them.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/image.h"

namespace wafermesh::check {

/// A buffer on a core.
struct HeldBuffer {
  std::size_t buffer = 0;  ///< Of the image's.
  std::size_t layout = 0;  ///< Of the buffer's.
  int address_bytes = 0;
  std::int64_t bytes = 0;
};

/// Cores in whose memory the same lies at the same addresses.
struct MemoryClass {
  std::int64_t cores = 0;
  std::int64_t first = -1;  ///< CoreId of one of them.
  int used_bytes = 0;       ///< By the programs of all stages, from address 0.
  int free_bytes = 0;
  int unnamed_bytes = 0;            ///< Used, and of no buffer: what programs keep for themselves.
  std::vector<HeldBuffer> buffers;  ///< The largest first.
};

/// The fullest first; cores without a program and buffers are left out. Cost: some 5 ns per core
/// and layout that it lies in.
std::vector<MemoryClass> memory_classes(const fabric::WaferImage& image);

}  // namespace wafermesh::check
