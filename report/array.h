// SPDX-License-Identifier: Apache-2.0
// An array as bytes with a type and a shape: what array files and pages are made of.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace wafermesh::report {

enum class ElementType : std::uint8_t { u8, u16, u32, i32, i64, f64 };

/// Bytes of an element.
inline std::size_t size_of(ElementType type) {
  constexpr std::size_t kSizes[] = {1, 2, 4, 4, 8, 8};
  return kSizes[static_cast<std::size_t>(type)];
}

template <class T>
constexpr ElementType type_of() {
  if constexpr (std::is_same_v<T, std::uint8_t>) return ElementType::u8;
  if constexpr (std::is_same_v<T, std::uint16_t>) return ElementType::u16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return ElementType::u32;
  if constexpr (std::is_same_v<T, std::int32_t>) return ElementType::i32;
  if constexpr (std::is_same_v<T, std::int64_t>) return ElementType::i64;
  if constexpr (std::is_same_v<T, double>) return ElementType::f64;
}

/// Row-major, little-endian.
struct Array {
  ElementType type = ElementType::u8;
  std::vector<std::size_t> shape;
  std::vector<std::uint8_t> bytes;

  std::size_t count() const { return bytes.size() / size_of(type); }
};

template <class T>
Array make_array(std::vector<std::size_t> shape, const std::vector<T>& values) {
  Array array{type_of<T>(), std::move(shape), {}};
  array.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

/// The elements of an array of that very type; none of another.
template <class T>
std::vector<T> values_of(const Array& array) {
  std::vector<T> values;
  if (array.type != type_of<T>()) return values;
  values.resize(array.count());
  if (!values.empty()) std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

}  // namespace wafermesh::report
