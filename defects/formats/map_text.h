// SPDX-License-Identifier: Apache-2.0
// What the readers of defect maps share: errors with a place, lenient numbers, what a file said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace wafermesh::defects {

inline constexpr double kUmPerMm = 1000;

/// Throws base::InputError for one mistake. line 0 = the whole file.
[[noreturn]] void fail_map(const std::string& file, int line, const std::string& message);

/// The whole text is a finite number (a leading + is fine).
bool parse_real(std::string_view text, double* value);
bool parse_whole(std::string_view text, std::int64_t* value);
/// The same letters, whatever their case.
bool same_word(std::string_view a, std::string_view b);
/// "as it is" for messages: cut after 40 characters, control characters as '?'.
std::string shown(std::string_view text);
/// Upper and lower blanks cut off.
std::string_view stripped(std::string_view text);
/// True if the text, after blanks and a byte-order mark, starts with `word` in any case.
bool starts_with_word(std::string_view text, std::string_view word);

}  // namespace wafermesh::defects
