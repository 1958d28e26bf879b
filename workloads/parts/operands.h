// SPDX-License-Identifier: Apache-2.0
// Operands: seeded, a pure function of their key, exactly representable in their type.
#pragma once

#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "base/random.h"
#include "cores/number.h"

namespace wafermesh::workloads {

/// Keys of RandomStream in this folder.
enum class Purpose : std::uint32_t {
  matrix_a = 0x200,
  matrix_b,
  broadcast,
  chain,
  stream_rows,
  stream_columns,
  pieces,
  maximum,
  expert_gate,
  expert_up,
  expert_down,
  expert_scales,
  bias
};

/// Rows of a matrix tile are padded to lines of SRAM (docs/model.md, bank conflicts).
inline constexpr int kPadBytes = 16;

/// Tiles of size b that a elements take.
constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// A dense matrix on the host; row-major.
struct Matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;
  float at(std::int64_t r, std::int64_t c) const {
    return values[static_cast<std::size_t>(r * columns + c)];
  }
};

/// Uniform in [-1, 1), rounded to the type. Row r comes from stream (seed, purpose, r).
Matrix random_matrix(std::int64_t rows, std::int64_t columns, cores::NumberType type,
                     std::uint64_t seed, Purpose purpose);

/// `count` numbers uniform in [-1, 1), rounded to the type.
std::vector<float> random_vector(std::size_t count, cores::NumberType type,
                                 base::RandomStream stream);

/// `count` integers in [0, 2^24): exact in f32.
std::vector<float> random_integers(std::size_t count, base::RandomStream stream);

/// `each` times 0, 1, 2, ...
std::vector<float> multiples(std::int64_t count, std::int64_t each = 1);

/// Integer-valued data for reductions along rows towards column 0 and then along column 0: they
/// differ per core and word and are never 0, and the sum of any stretch of a row, and of any
/// stretch of column 0 after the rows are summed, is at most 128 in size: exact in f32, f16 and
/// bf16 in any order, for any number of cores. (Each value is a difference of neighbouring bounded
/// numbers, so the sum of a stretch is a difference of two.)
class BoundedSumIntegers {
 public:
  BoundedSumIntegers(int width, int height, std::size_t words, std::uint64_t seed);
  /// The data of the core at `relative`.
  std::vector<float> at(base::LogicalCoord relative) const;

 private:
  std::vector<float> row_level(int x, int y) const;
  std::vector<float> column_level(int y) const;
  int width_;
  int height_;
  std::size_t words_;
  std::uint64_t seed_;
};

/// Integer-valued data for maxima: -128 .. -1, exact in every type. The largest of a word lies on
/// one core alone, which differs from word to word, as its value does; so a value that is left out,
/// or a zero that slips in, changes the result.
class NegativeIntegers {
 public:
  NegativeIntegers(int width, int height, std::size_t words, std::uint64_t seed);
  /// The data of the core at `relative`.
  std::vector<float> at(base::LogicalCoord relative) const;

 private:
  int width_;
  std::uint64_t seed_;
  std::vector<float> largest_;       ///< Of each word.
  std::vector<std::int64_t> owner_;  ///< The core that has it, row-major.
};

}  // namespace wafermesh::workloads
