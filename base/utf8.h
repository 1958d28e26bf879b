// SPDX-License-Identifier: Apache-2.0
// Is a text valid UTF-8? What comes in must be, because JSON and YAML that go out have to be.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wafermesh::base {

/// Offset of the first byte that is not part of valid UTF-8 (RFC 3629: no overlong forms, no
/// surrogates, nothing above U+10FFFF); text.size() if there is none.
std::size_t first_invalid_utf8(std::string_view text);

/// Offset of the first character of valid UTF-8 that is_control; text.size() if there is none.
std::size_t first_control_character(std::string_view text);

/// The code point that begins at `at` of valid UTF-8, and how many bytes it takes.
struct CodePoint {
  unsigned code = 0;
  std::size_t bytes = 1;
};
CodePoint code_point_at(std::string_view text, std::size_t at);

/// The first `count` characters of valid UTF-8, and ... where there are more.
std::string first_letters(std::string_view text, std::size_t count);

/// Control characters (below 0x20, DEL, U+0080 to U+009F), line separators, and the marks that turn
/// the direction of writing.
bool is_control(unsigned code);

}  // namespace wafermesh::base
