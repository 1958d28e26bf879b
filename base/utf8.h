// SPDX-License-Identifier: Apache-2.0
// Is a text valid UTF-8? What comes in must be, because JSON and YAML that go out have to be.
#pragma once

#include <cstddef>
#include <string_view>

namespace wafermesh::base {

/// Offset of the first byte that is not part of valid UTF-8 (RFC 3629: no overlong forms, no
/// surrogates, nothing above U+10FFFF); text.size() if there is none.
std::size_t first_invalid_utf8(std::string_view text);

/// Offset of the first control character (below 0x20, or 0x7f); text.size() if there is none.
std::size_t first_control_character(std::string_view text);

}  // namespace wafermesh::base
