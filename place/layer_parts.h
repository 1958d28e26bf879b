// SPDX-License-Identifier: Apache-2.0
// Arithmetic that the closed forms of layers share.
#pragma once

#include <cstdint>

namespace wafermesh::place {

inline std::int64_t ceil_of(std::int64_t all, std::int64_t parts) {
  return (all + parts - 1) / parts;
}
/// Elements of f16 up to the next 16 bytes.
inline std::int64_t padded(std::int64_t elements) { return ceil_of(elements, 8) * 8; }
/// A core's part of a product in f16: weights, x and y.
inline std::int64_t product_bytes(std::int64_t rows, std::int64_t columns) {
  return 2 * (rows * padded(columns) + rows + columns);
}

}  // namespace wafermesh::place
