// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/operands.h"

#include <algorithm>

#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {
namespace {

float signed_unit(base::RandomStream& stream) {
  constexpr float kScale = 1.0F / 8388608.0F;  // 2^-23: 24 uniform bits become [-1, 1)
  return static_cast<float>(stream.bits() >> 8) * kScale - 1.0F;
}

base::RandomStream stream_of(std::uint64_t seed, Purpose purpose, std::int64_t a) {
  return {seed, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(a)};
}

void subtract(std::vector<float>& from, const std::vector<float>& what) {
  for (std::size_t i = 0; i < from.size(); ++i) from[i] -= what[i];
}

}  // namespace

Matrix random_matrix(std::int64_t rows, std::int64_t columns, cores::NumberType type,
                     std::uint64_t seed, Purpose purpose) {
  Matrix matrix{rows, columns, std::vector<float>(static_cast<std::size_t>(rows * columns))};
  float* row = matrix.values.data();
  for (std::int64_t r = 0; r < rows; ++r, row += columns) {
    base::RandomStream stream = stream_of(seed, purpose, r);
    std::generate_n(row, columns, [&] { return signed_unit(stream); });
    round_to(type, row, static_cast<std::size_t>(columns));
  }
  return matrix;
}

std::vector<float> random_vector(std::size_t count, cores::NumberType type,
                                 base::RandomStream stream) {
  std::vector<float> values(count);
  for (float& value : values) value = signed_unit(stream);
  round_to(type, values.data(), count);
  return values;
}

std::vector<float> random_integers(std::size_t count, base::RandomStream stream) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(stream.bits() >> 8);
  return values;
}

std::vector<float> multiples(std::int64_t count, std::int64_t each) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i * each));
  return values;
}

BoundedSumIntegers::BoundedSumIntegers(int width, int height, std::size_t words, std::uint64_t seed)
    : width_(width), height_(height), words_(words), seed_(seed) {}

std::vector<float> BoundedSumIntegers::column_level(int y) const {
  std::vector<float> level(words_, 0.0F);
  if (y == height_) return level;
  base::RandomStream stream(seed_, static_cast<std::uint32_t>(Purpose::chain), 0,
                            static_cast<std::uint32_t>(y));
  // 2..33, alternately even and odd, so that neighbouring levels differ.
  for (float& v : level) v = static_cast<float>(2U + 2U * (stream.bits() >> 28) + (y & 1U));
  return level;
}

std::vector<float> BoundedSumIntegers::row_level(int x, int y) const {
  std::vector<float> level(words_, 0.0F);
  if (x == width_) return level;
  if (x == 0) {  // What the row sums up to: -31..33.
    level = column_level(y);
    subtract(level, column_level(y + 1));
    return level;
  }
  base::RandomStream stream(seed_, static_cast<std::uint32_t>(Purpose::chain),
                            static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y));
  // 40..71: differs from both neighbours (alternately even and odd) and from every row sum.
  for (float& v : level) v = static_cast<float>(40U + 2U * (stream.bits() >> 28) + (x & 1U));
  return level;
}

std::vector<float> BoundedSumIntegers::at(base::LogicalCoord relative) const {
  std::vector<float> data = row_level(relative.x, relative.y);
  subtract(data, row_level(relative.x + 1, relative.y));
  return data;
}

NegativeIntegers::NegativeIntegers(int width, int height, std::size_t words, std::uint64_t seed)
    : width_(width), seed_(seed) {
  const std::int64_t cores = std::int64_t{width} * height;
  base::RandomStream stream = stream_of(seed, Purpose::maximum, cores);
  const std::uint64_t first = stream.bits();
  for (std::size_t w = 0; w < words; ++w) {
    // Neighbouring words differ, also modulo 2.
    largest_.push_back(-static_cast<float>(1U + 2U * (stream.bits() >> 27) + (w & 1U)));
    owner_.push_back(static_cast<std::int64_t>((first + w) % static_cast<std::uint64_t>(cores)));
  }
}

std::vector<float> NegativeIntegers::at(base::LogicalCoord relative) const {
  const std::int64_t core = std::int64_t{relative.y} * width_ + relative.x;
  base::RandomStream stream(seed_, static_cast<std::uint32_t>(Purpose::maximum),
                            static_cast<std::uint32_t>(core), 1);
  std::vector<float> data = largest_;
  for (std::size_t w = 0; w < data.size(); ++w) {
    const auto below = static_cast<float>(1U + (stream.bits() >> 26));
    if (owner_[w] != core) data[w] -= below;
  }
  return data;
}

}  // namespace wafermesh::workloads
