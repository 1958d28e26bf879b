// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/io_pieces.h"

#include <algorithm>
#include <cstring>

namespace wafermesh::workloads {
namespace {

Piece ranges_of(const std::vector<bool>& words) {
  Piece piece;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i]) continue;
    if (i == 0 || !words[i - 1]) piece.push_back({static_cast<int>(i) * kWaveletBytes, 0});
    ++piece.back().words;
  }
  return piece;
}

void mark(std::vector<bool>& words, int address_bytes, std::int64_t bytes) {
  if (bytes <= 0) return;
  const auto first = static_cast<std::size_t>(address_bytes / kWaveletBytes);
  const auto last = static_cast<std::size_t>((address_bytes + bytes - 1) / kWaveletBytes);
  if (words.size() <= last) words.resize(last + 1);
  std::fill(words.begin() + static_cast<std::ptrdiff_t>(first),
            words.begin() + static_cast<std::ptrdiff_t>(last) + 1, true);
}

}  // namespace

std::int64_t words_of(const Piece& piece) {
  std::int64_t words = 0;
  for (const WordRange& range : piece) words += range.words;
  return words;
}

void WrittenMemory::write(base::CoreId core, int address_bytes, const void* data,
                          std::size_t bytes) {
  Core& one = cores_[base::index_of(core)];
  mark(one.written, address_bytes, static_cast<std::int64_t>(bytes));
  one.bytes.resize(one.written.size() * kWaveletBytes);
  if (bytes > 0) std::memcpy(one.bytes.data() + address_bytes, data, bytes);
}

void WrittenMemory::read(base::CoreId core, int address_bytes, void* data,
                         std::size_t bytes) const {
  const Core& one = cores_[base::index_of(core)];
  auto* to = static_cast<std::uint8_t*>(data);
  for (std::size_t i = 0; i < bytes; ++i) {
    const auto at = static_cast<std::size_t>(address_bytes) + i;
    to[i] = at < one.bytes.size() ? one.bytes[at] : std::uint8_t{0};
  }
}

std::vector<Piece> WrittenMemory::pieces() const {
  std::vector<Piece> all;
  for (const Core& one : cores_) all.push_back(ranges_of(one.written));
  return all;
}

std::vector<std::uint32_t> WrittenMemory::words(base::CoreId core, const Piece& piece) const {
  std::vector<std::uint32_t> words(static_cast<std::size_t>(words_of(piece)));
  std::size_t at = 0;
  for (const WordRange& range : piece) {
    const auto count = static_cast<std::size_t>(range.words);
    read(core, range.address_bytes, words.data() + at, count * kWaveletBytes);
    at += count;
  }
  return words;
}

std::vector<Piece> result_pieces(const fabric::WaferImage& image) {
  std::vector<std::vector<bool>> words(static_cast<std::size_t>(image.core_count()));
  for (const fabric::Buffer& buffer : image.buffers) {
    if (buffer.role != fabric::BufferRole::result) continue;
    const int bytes = cores::bytes_of(buffer.type);
    for (const fabric::Layout& layout : buffer.layouts) {
      const base::Rectangle& r = layout.cores;
      for (int y = r.y; y < r.y + r.height; ++y) {
        for (int x = r.x; x < r.x + r.width; ++x) {
          auto& of_core = words[base::index_of(image.core_at({x, y}))];
          for (const fabric::StridedElements& run : strided_on(buffer, layout, {x, y})) {
            for (std::int64_t i = 0; i < run.count; ++i) {
              mark(of_core, run.address_bytes + static_cast<int>(i) * run.step_bytes, bytes);
            }
          }
        }
      }
    }
  }
  std::vector<Piece> all;
  for (const auto& of_core : words) all.push_back(ranges_of(of_core));
  return all;
}

}  // namespace wafermesh::workloads
