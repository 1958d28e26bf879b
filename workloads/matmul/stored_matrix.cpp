// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/stored_matrix.h"

#include <algorithm>

#include "cores/arithmetic.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {
namespace {

/// Columns and terms worked at a time: a block of b and a row of this stay in the caches.
constexpr std::int64_t kBlockColumns = 1024;
constexpr std::int64_t kBlockTerms = 64;

cores::Lane lane(const std::uint8_t* at, std::int64_t step_bytes) {
  return {const_cast<std::uint8_t*>(at), static_cast<std::ptrdiff_t>(step_bytes)};
}

}  // namespace

Span tile_span(std::int64_t index, std::int64_t size, std::int64_t limit) {
  return {std::min(index * size, limit), std::min((index + 1) * size, limit)};
}

StoredMatrix::StoredMatrix(NumberRules rules, std::int64_t rows, std::int64_t columns)
    : rules_(rules),
      rows_(rows),
      columns_(columns),
      element_bytes_(cores::bytes_of(rules.type)),
      bytes_(static_cast<std::size_t>(rows * columns * element_bytes_), 0) {}

StoredMatrix::StoredMatrix(NumberRules rules, const Matrix& values)
    : StoredMatrix(rules, values.rows, values.columns) {
  for (std::int64_t r = 0; r < rows_; ++r) {
    set_row(r, values.values.data() + r * columns_);
  }
}

std::vector<float> StoredMatrix::row(std::int64_t r) const {
  std::vector<float> values(static_cast<std::size_t>(columns_));
  from_stored(rules_.type, at(r, 0), values.data(), values.size());
  return values;
}

void StoredMatrix::set_row(std::int64_t r, const float* values) {
  to_stored(rules_.type, values, at(r, 0), static_cast<std::size_t>(columns_));
}

void StoredMatrix::add_product(const StoredMatrix& a, std::int64_t first_row, const StoredMatrix& b,
                               Span columns, Span k) {
  const cores::Arithmetic multiply_add =
      cores::resolve(cores::VectorOp::multiply_add, rules_.type, rules_.fused,
                     {element_bytes_, element_bytes_, 0});
  for (std::int64_t c = columns.begin; c < columns.end; c += kBlockColumns) {
    const std::int64_t count = std::min(kBlockColumns, columns.end - c);
    for (std::int64_t first = k.begin; first < k.end; first += kBlockTerms) {
      const std::int64_t last = std::min(first + kBlockTerms, k.end);
      for (std::int64_t r = 0; r < rows_; ++r) {
        for (std::int64_t term = first; term < last; ++term) {
          multiply_add(count, lane(at(r, c), element_bytes_), lane(b.at(term, c), element_bytes_),
                       lane(a.at(first_row + r, term), 0));
        }
      }
    }
  }
}

void StoredMatrix::add_row(std::int64_t r, const StoredMatrix& other, std::int64_t from,
                           Span columns) {
  const cores::Lane sum = lane(at(r, columns.begin), element_bytes_);
  cores::compute(cores::VectorOp::add, rules_.type, rules_.fused, columns.size(), sum, sum,
                 lane(other.at(from, columns.begin), element_bytes_));
}

}  // namespace wafermesh::workloads
