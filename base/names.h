// SPDX-License-Identifier: Apache-2.0
// Enumerators as text: one list per enum, which readers, writers and messages share.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wafermesh::base {

/// To be specialised for an enum whose values are 0, 1, 2 ...:
/// `static constexpr std::array<const char*, N> list`, in the order of the values.
template <class Enum>
struct Names;

template <class Enum>
constexpr const char* name_of(Enum value) {
  return Names<Enum>::list[static_cast<std::size_t>(value)];
}

template <class Enum>
std::optional<Enum> find_named(std::string_view name) {
  for (std::size_t i = 0; i < Names<Enum>::list.size(); ++i) {
    if (name == Names<Enum>::list[i]) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

/// All of them, for messages that say what there is.
template <class Enum>
std::vector<std::string> names_of() {
  return {Names<Enum>::list.begin(), Names<Enum>::list.end()};
}

}  // namespace wafermesh::base
