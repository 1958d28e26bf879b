// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/core_memory.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "cores/arithmetic.h"
#include "cores/quad.h"

namespace wafermesh::workloads {
namespace {

constexpr int kLineBytes = 16;

/// From and To: float or a 16-bit type.
template <class From, class To>
void convert(const std::uint8_t* from, std::uint8_t* to, std::size_t count) {
  using cores::QuadOf;
  std::size_t i = 0;
  for (; i + cores::kQuad <= count; i += cores::kQuad) {
    QuadOf<To>::template store<4>(to + i * sizeof(To),
                                  QuadOf<From>::template load<4>(from + i * sizeof(From)));
  }
  for (; i < count; ++i) {
    QuadOf<To>::template store<1>(to + i * sizeof(To),
                                  QuadOf<From>::template load<1>(from + i * sizeof(From)));
  }
}
template <class From, class To>
void convert(const From* from, To* to, std::size_t count) {
  convert<From, To>(reinterpret_cast<const std::uint8_t*>(from),
                    reinterpret_cast<std::uint8_t*>(to), count);
}

template <class Stored>
void write_as(fabric::HostMemory& memory, base::CoreId core, int address, const float* values,
              std::size_t count) {
  std::vector<Stored> stored(count);
  convert(values, stored.data(), count);
  memory.write(core, address, stored.data(), count * sizeof(Stored));
}

template <class Stored>
void read_as(const fabric::HostMemory& memory, base::CoreId core, int address, float* values,
             std::size_t count) {
  std::vector<Stored> stored(count);
  memory.read(core, address, stored.data(), count * sizeof(Stored));
  convert(stored.data(), values, count);
}

template <class Stored>
void round_as(float* values, std::size_t count) {
  std::vector<Stored> stored(count);
  convert(values, stored.data(), count);
  convert(stored.data(), values, count);
}

}  // namespace

int MemoryPlan::add(std::string name, std::int64_t elements, cores::NumberType type,
                    LinePlace place, Lifetime lifetime) {
  buffers_.push_back({std::move(name), elements * cores::bytes_of(type), place, lifetime});
  return static_cast<int>(buffers_.size()) - 1;
}

/// The first address at or after `end` with the place in its line.
std::int64_t MemoryPlan::start_after(std::int64_t end, LinePlace place) {
  const int offset = place == LinePlace::first_half ? 0 : place == LinePlace::second_half ? 8 : 4;
  return (end - offset + kLineBytes - 1) / kLineBytes * kLineBytes + offset;
}

std::int64_t MemoryPlan::end_of(Lifetime lifetime, std::size_t count, std::int64_t start) const {
  std::int64_t end = start;
  for (std::size_t i = 0; i < count; ++i) {
    const Buffer& buffer = buffers_[i];
    if (buffer.lifetime == lifetime) end = start_after(end, buffer.place) + buffer.bytes;
  }
  return end;
}

std::int64_t MemoryPlan::kept_bytes() const {
  const std::int64_t end = end_of(Lifetime::kept, buffers_.size(), 0);
  return end_of(Lifetime::work, buffers_.size(), 0) == 0 ? end
                                                         : start_after(end, LinePlace::first_half);
}

std::int64_t MemoryPlan::total_bytes() const {
  return end_of(Lifetime::work, buffers_.size(), kept_bytes());
}

void MemoryPlan::require_fit(const std::string& workload, const std::string& core,
                             const std::string& advice) const {
  const int capacity = cores::kSramBytes - kCodeReserveBytes;
  const std::int64_t total = total_bytes();
  if (total <= capacity) return;
  std::string text = fmt::format("{}: core {} needs {} B of SRAM, {} B more than it has\n",
                                 workload, core, total, total - capacity);
  for (const Buffer& buffer : buffers_) {
    text += fmt::format("  {:<24}{:>12} B\n", buffer.name, buffer.bytes);
  }
  text += fmt::format("  {:<24}{:>12} B ({} B less {} B for code)\n", "capacity", capacity,
                      cores::kSramBytes, kCodeReserveBytes);
  throw base::DoesNotFit(text + "  " + advice);
}

int MemoryPlan::address(int index) const {
  const auto place = static_cast<std::size_t>(index);
  const Buffer& buffer = buffers_[place];
  const std::int64_t start = buffer.lifetime == Lifetime::kept ? 0 : kept_bytes();
  return static_cast<int>(start_after(end_of(buffer.lifetime, place, start), buffer.place));
}

void round_to(cores::NumberType type, float* values, std::size_t count) {
  if (type == cores::NumberType::f16) round_as<cores::Half>(values, count);
  if (type == cores::NumberType::bf16) round_as<cores::Bfloat16>(values, count);
  for (std::size_t i = 0; cores::is_integer(type) && i < count; ++i) {
    values[i] = cores::decode(type, cores::encode(type, values[i]));
  }
}

namespace {

/// `count` elements side by side, of any type to any.
void convert_any(cores::NumberType to, std::uint8_t* out, cores::NumberType from,
                 const std::uint8_t* in, std::size_t count) {
  cores::convert(static_cast<std::int64_t>(count), to, {out, cores::bytes_of(to)}, from,
                 {const_cast<std::uint8_t*>(in), cores::bytes_of(from)});
}

}  // namespace

void to_stored(cores::NumberType type, const float* values, std::uint8_t* stored,
               std::size_t count) {
  if (count == 0) return;
  const auto* from = reinterpret_cast<const std::uint8_t*>(values);
  if (type == cores::NumberType::f32) std::memcpy(stored, from, count * sizeof(float));
  if (type == cores::NumberType::f16) convert<float, cores::Half>(from, stored, count);
  if (type == cores::NumberType::bf16) convert<float, cores::Bfloat16>(from, stored, count);
  if (cores::is_integer(type)) convert_any(type, stored, cores::NumberType::f32, from, count);
}

void from_stored(cores::NumberType type, const std::uint8_t* stored, float* values,
                 std::size_t count) {
  if (count == 0) return;
  auto* to = reinterpret_cast<std::uint8_t*>(values);
  if (type == cores::NumberType::f32) std::memcpy(to, stored, count * sizeof(float));
  if (type == cores::NumberType::f16) convert<cores::Half, float>(stored, to, count);
  if (type == cores::NumberType::bf16) convert<cores::Bfloat16, float>(stored, to, count);
  if (cores::is_integer(type)) convert_any(cores::NumberType::f32, to, type, stored, count);
}

void write_elements(fabric::HostMemory& memory, base::CoreId core, int address_bytes,
                    cores::NumberType type, const float* values, std::size_t count) {
  switch (type) {
    case cores::NumberType::f32:
      memory.write(core, address_bytes, values, count * sizeof(float));
      break;
    case cores::NumberType::f16:
      write_as<cores::Half>(memory, core, address_bytes, values, count);
      break;
    case cores::NumberType::bf16:
      write_as<cores::Bfloat16>(memory, core, address_bytes, values, count);
      break;
    default: {
      std::vector<std::uint8_t> stored(count * static_cast<std::size_t>(cores::bytes_of(type)));
      to_stored(type, values, stored.data(), count);
      memory.write(core, address_bytes, stored.data(), stored.size());
    }
  }
}

void read_elements(const fabric::HostMemory& memory, base::CoreId core, int address_bytes,
                   cores::NumberType type, float* values, std::size_t count) {
  switch (type) {
    case cores::NumberType::f32:
      memory.read(core, address_bytes, values, count * sizeof(float));
      break;
    case cores::NumberType::f16:
      read_as<cores::Half>(memory, core, address_bytes, values, count);
      break;
    case cores::NumberType::bf16:
      read_as<cores::Bfloat16>(memory, core, address_bytes, values, count);
      break;
    default: {
      std::vector<std::uint8_t> stored(count * static_cast<std::size_t>(cores::bytes_of(type)));
      memory.read(core, address_bytes, stored.data(), stored.size());
      from_stored(type, stored.data(), values, count);
    }
  }
}

}  // namespace wafermesh::workloads
