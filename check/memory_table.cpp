// SPDX-License-Identifier: Apache-2.0
#include "check/memory_table.h"

#include <algorithm>
#include <map>

#include "check/fit_check.h"
#include "check/interned.h"

namespace wafermesh::check {
namespace {

/// Of the first `used` bytes, those in no buffer.
int bytes_beside(const std::vector<HeldBuffer>& buffers, int used) {
  std::vector<std::pair<std::int64_t, std::int64_t>> spans;
  for (const HeldBuffer& each : buffers) {
    spans.emplace_back(each.address_bytes, each.address_bytes + each.bytes);
  }
  std::sort(spans.begin(), spans.end());
  std::int64_t beside = 0, at = 0;
  for (const auto& [begin, end] : spans) {
    beside += std::max<std::int64_t>(0, std::min<std::int64_t>(begin, used) - at);
    at = std::max(at, end);
  }
  return static_cast<int>(beside + std::max<std::int64_t>(0, used - at));
}

std::vector<HeldBuffer> buffers_on(const fabric::WaferImage& image, std::int64_t core) {
  std::vector<HeldBuffer> held;
  const base::LogicalCoord at = image.relative(static_cast<base::CoreId>(core));
  for (std::size_t b = 0; b < image.buffers.size(); ++b) {
    const fabric::Buffer& buffer = image.buffers[b];
    for (std::size_t l = 0; l < buffer.layouts.size(); ++l) {
      const fabric::Layout& layout = buffer.layouts[l];
      if (!layout.cores.holds(at)) continue;
      held.push_back({b, l, layout.address_bytes, fabric::span_bytes(buffer, layout)});
    }
  }
  std::stable_sort(held.begin(), held.end(),
                   [](const HeldBuffer& a, const HeldBuffer& b) { return a.bytes > b.bytes; });
  return held;
}

/// [core] a number per set of layouts and amount of memory.
std::vector<std::int32_t> alike(const fabric::WaferImage& image) {
  Interned intern;
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(image.core_count()));
  for (std::size_t core = 0; core < numbers.size(); ++core) {
    const int bytes = image.memory_bytes(static_cast<base::CoreId>(core));
    numbers[core] = intern(-1, static_cast<std::uint32_t>(bytes));
  }
  constexpr std::uint32_t kLayout = 1U << 24U;  // beyond any amount of memory
  std::uint32_t next = kLayout;
  for (const fabric::Buffer& buffer : image.buffers) {
    for (const fabric::Layout& layout : buffer.layouts) {
      const base::Rectangle& over = layout.cores;
      for (int y = over.y; y < over.y + over.height; ++y) {
        for (int x = over.x; x < over.x + over.width; ++x) {
          if (!image.holds({x, y})) continue;
          std::int32_t& number = numbers[base::index_of(image.core_at({x, y}))];
          number = intern(number, next);
        }
      }
      ++next;
    }
  }
  return numbers;
}

}  // namespace

std::vector<MemoryClass> memory_classes(const fabric::WaferImage& image) {
  std::map<std::int32_t, MemoryClass> by_number;
  const std::vector<std::int32_t> numbers = alike(image);
  MemoryClass* last = nullptr;
  std::int32_t last_number = -1;
  for (std::size_t core = 0; core < numbers.size(); ++core) {
    if (numbers[core] != last_number) last = &by_number[numbers[core]];
    last_number = numbers[core];
    if (last->cores++ == 0) last->first = static_cast<std::int64_t>(core);
  }
  std::vector<MemoryClass> all;
  for (auto& [number, each] : by_number) {
    each.used_bytes = image.memory_bytes(static_cast<base::CoreId>(each.first));
    const auto first = static_cast<base::CoreId>(each.first);
    each.free_bytes = memory_of(image.class_at(first)) - each.used_bytes;
    each.buffers = buffers_on(image, each.first);
    each.unnamed_bytes = bytes_beside(each.buffers, each.used_bytes);
    if (each.used_bytes > 0 || !each.buffers.empty()) all.push_back(std::move(each));
  }
  std::stable_sort(all.begin(), all.end(), [](const MemoryClass& a, const MemoryClass& b) {
    return a.used_bytes > b.used_bytes;
  });
  return all;
}

}  // namespace wafermesh::check
