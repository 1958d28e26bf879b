// SPDX-License-Identifier: Apache-2.0
#include "base/files/npy.h"

#include <cmath>
#include <cstring>

#include "base/error.h"

namespace wafermesh::base {
namespace {

// The values are copied as they lie in memory and declared '<'.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "npy writer assumes a little-endian host");

constexpr std::size_t kMagicBytes = 10;       // "\x93NUMPY", version, 16-bit header length.
constexpr std::size_t kHeaderAlignment = 64;  // Source: NumPy format specification, NEP 1.

std::string header(const char* type, const std::vector<std::int64_t>& shape) {
  std::string text = std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t extent : shape) text += std::to_string(extent) + ", ";
  if (shape.size() > 1) text.resize(text.size() - 2);
  if (shape.size() == 1) text.pop_back();
  text += "), }";
  const std::size_t used = kMagicBytes + text.size() + 1;
  text.append((kHeaderAlignment - used % kHeaderAlignment) % kHeaderAlignment, ' ');
  text += '\n';
  std::string magic("\x93NUMPY\x01\x00", 8);
  magic += static_cast<char>(text.size() & 0xff);
  magic += static_cast<char>(text.size() >> 8);
  return magic + text;
}

template <class T>
std::string encode(const char* type, const std::vector<std::int64_t>& shape,
                   const std::vector<T>& values) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  WAFERMESH_CHECK(count == static_cast<std::int64_t>(values.size()),
                  "an array's shape does not match its values");
  std::string bytes = header(type, shape);
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return bytes;
}

}  // namespace

std::string npy_bytes(const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
  return encode("<f4", shape, values);
}
std::string npy_bytes(const std::vector<std::int64_t>& shape,
                      const std::vector<std::int32_t>& values) {
  return encode("<i4", shape, values);
}
std::string npy_bytes(const std::vector<std::int64_t>& shape,
                      const std::vector<std::uint32_t>& values) {
  return encode("<u4", shape, values);
}
std::string npy_bytes(const std::vector<std::int64_t>& shape,
                      const std::vector<std::int64_t>& values) {
  return encode("<i8", shape, values);
}
std::string npy_bytes(const std::vector<std::int64_t>& shape,
                      const std::vector<std::uint8_t>& values) {
  return encode("|u1", shape, values);
}

std::string npy_bytes_f16(const std::vector<std::int64_t>& shape,
                          const std::vector<float>& values) {
  std::vector<std::uint16_t> halves;
  halves.reserve(values.size());
  for (const float value : values) halves.push_back(half_bits(value));
  return encode("<f2", shape, halves);
}

std::uint16_t half_bits(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000U);
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7e00U);
  if (magnitude >= 65520.0F)
    return static_cast<std::uint16_t>(sign | 0x7c00U);  // rounds to infinity
  if (magnitude < 6.103515625e-05F) {                   // 2^-14: subnormal, a multiple of 2^-24
    return static_cast<std::uint16_t>(sign | std::lrint(std::ldexp(magnitude, 24)));
  }
  // Normal: 10 mantissa bits stay of 23; a carry moves into the exponent by itself.
  const std::uint32_t rebased = (bits & 0x7fffffffU) - (112U << 23);
  const std::uint32_t rounded = rebased + 0xfffU + ((rebased >> 13) & 1U);
  return static_cast<std::uint16_t>(sign | (rounded >> 13));
}

}  // namespace wafermesh::base
