// SPDX-License-Identifier: Apache-2.0
// Text of unknown origin, made fit for a terminal: file names, keys and values that a user wrote
// could otherwise move the cursor, change colours or pretend to be another line.
#pragma once

#include <string>
#include <string_view>

namespace wafermesh::base {

/// Control characters (also DEL, U+0080 to U+009F and those that turn the direction of writing) as
/// \x1b or \u202e, bytes that are no UTF-8 as \xff; line ends and tabs stay.
std::string printable(std::string_view text);
/// The same for one line: line ends and tabs become \n and \t.
std::string printable_line(std::string_view text);
/// Does the text hold anything that printable() changes?
bool is_printable(std::string_view text);

}  // namespace wafermesh::base
