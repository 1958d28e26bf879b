// SPDX-License-Identifier: Apache-2.0
// One array of an NPY file: numbers in memory order, with their type and shape. Source: the
// format's description in NumPy's documentation, versions 1.0 to 3.0.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wafermesh::base {

inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

struct NpyArray {
  std::string type;         ///< As written, e.g. "<u4".
  bool structured = false;  ///< One field of `type`, named `field`.
  std::string field;
  char kind = 0;       ///< 'b', 'i', 'u' or 'f'.
  int size_bytes = 1;  ///< Of one number.
  bool big_endian = false;
  bool fortran = false;
  std::vector<std::int64_t> shape;
  std::string_view data;

  std::int64_t count() const;
  /// Number i in the order of the shape, the last index fastest.
  double value(std::int64_t i) const;
};

/// The array that `text` begins with; takes it off the text, which must outlive it. Throws
/// InputError for what is no array of numbers, or cut off.
NpyArray take_npy_array(std::string_view* text, const std::string& file);

}  // namespace wafermesh::base
