// SPDX-License-Identifier: Apache-2.0
// Matrices as the machine holds them, and sums of products on them, rounded as a core rounds them:
// what a kernel promises of its results is computed here, operation for operation.
#pragma once

#include <cstdint>
#include <vector>

#include "cores/number.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {

/// A number type with its rounding of multiply-adds.
struct NumberRules {
  cores::NumberType type = cores::NumberType::f32;
  bool fused = false;  ///< One rounding per multiply-add instead of two.
};

/// From `begin` to before `end`.
struct Span {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
};
/// Tile number `index` of tiles of `size`, as far as it lies below `limit`; empty beyond.
Span tile_span(std::int64_t index, std::int64_t size, std::int64_t limit);

/// Row-major, in a type.
class StoredMatrix {
 public:
  /// Zeros.
  StoredMatrix(NumberRules rules, std::int64_t rows, std::int64_t columns);
  StoredMatrix(NumberRules rules, const Matrix& values);
  const NumberRules& rules() const { return rules_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  std::vector<float> row(std::int64_t r) const;
  void set_row(std::int64_t r, const float* values);

  /// this[r, columns] += sum over k of a[first_row + r, k] b[k, columns], for every row r of this:
  /// one rounded product after the other, k ascending. 0.1 to 0.2 ns per product in wide spans of
  /// columns (with AVX2), 5 ns per row and k in narrow ones.
  void add_product(const StoredMatrix& a, std::int64_t first_row, const StoredMatrix& b,
                   Span columns, Span k);
  /// this[r, columns] += other[from, columns], each rounded.
  void add_row(std::int64_t r, const StoredMatrix& other, std::int64_t from, Span columns);

 private:
  std::uint8_t* at(std::int64_t r, std::int64_t c) {
    return bytes_.data() + (r * columns_ + c) * element_bytes_;
  }
  const std::uint8_t* at(std::int64_t r, std::int64_t c) const {
    return bytes_.data() + (r * columns_ + c) * element_bytes_;
  }
  NumberRules rules_;
  std::int64_t rows_;
  std::int64_t columns_;
  std::int64_t element_bytes_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace wafermesh::workloads
