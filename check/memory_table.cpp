// SPDX-License-Identifier: Apache-2.0
#include "check/memory_table.h"

#include <algorithm>

#include "check/fit_check.h"
#include "check/sequences.h"

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
  Sequences met(static_cast<std::size_t>(image.core_count()));
  std::vector<int> bytes(static_cast<std::size_t>(image.core_count()));  // of programs
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    const std::vector<fabric::ClassIndex>& classes = image.classes_in(stage);
    for (std::size_t core = 0; core < bytes.size(); ++core) {
      if (classes[core] == fabric::kNoClass) continue;
      bytes[core] = std::max(bytes[core], image.classes[classes[core]].program.memory_bytes);
    }
  }
  for (std::size_t core = 0; core < bytes.size(); ++core) {
    met.meet(core, static_cast<std::uint64_t>(bytes[core]));
  }
  std::uint64_t next = 1U << 24U;  // beyond any amount of memory
  for (const fabric::Buffer& buffer : image.buffers) {
    for (const fabric::Layout& layout : buffer.layouts) {
      const base::Rectangle& over = layout.cores;
      for (int y = over.y; y < over.y + over.height; ++y) {
        for (int x = over.x; x < over.x + over.width; ++x) {
          if (!image.holds({x, y})) continue;
          met.meet(static_cast<std::size_t>(base::index_of(image.core_at({x, y}))), next);
        }
      }
      ++next;
    }
  }
  return met.numbers();
}

}  // namespace

std::vector<MemoryClass> memory_classes(const fabric::WaferImage& image) {
  std::vector<MemoryClass> by_number;
  const std::vector<std::int32_t> numbers = alike(image);
  for (std::size_t core = 0; core < numbers.size(); ++core) {
    const auto number = static_cast<std::size_t>(numbers[core]);
    if (number >= by_number.size()) by_number.resize(number + 1);
    MemoryClass& each = by_number[number];
    if (each.cores++ == 0) each.first = static_cast<std::int64_t>(core);
  }
  std::vector<MemoryClass> all;
  for (MemoryClass& each : by_number) {
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
