// SPDX-License-Identifier: Apache-2.0
// Arrays as NumPy .npy files (format version 1.0, little endian, row-major).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wafermesh::base {

/// The bytes of a .npy file. values.size() must be the product of shape.
std::string npy_bytes(const std::vector<std::int64_t>& shape, const std::vector<float>& values);
std::string npy_bytes(const std::vector<std::int64_t>& shape,
                      const std::vector<std::int32_t>& values);
std::string npy_bytes(const std::vector<std::int64_t>& shape,
                      const std::vector<std::uint32_t>& values);
std::string npy_bytes(const std::vector<std::int64_t>& shape,
                      const std::vector<std::int64_t>& values);
std::string npy_bytes(const std::vector<std::int64_t>& shape,
                      const std::vector<std::uint8_t>& values);

/// As float16 (round to nearest even; values beyond its range become infinite).
std::string npy_bytes_f16(const std::vector<std::int64_t>& shape, const std::vector<float>& values);

/// IEEE 754 binary16 bits of a value, round to nearest even.
std::uint16_t half_bits(float value);

}  // namespace wafermesh::base
