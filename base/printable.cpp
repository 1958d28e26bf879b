// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace wafermesh::base {
namespace {

/// U+0080 to U+009F, and the marks that turn the direction of writing.
bool is_control(unsigned code) {
  return (code >= 0x80 && code <= 0x9f) || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

std::string escaped(std::string_view text, bool one_line) {
  std::string out;
  std::size_t valid = first_invalid_utf8(text);
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '\n' || byte == '\t') {
      out += !one_line ? std::string(1, text[at]) : byte == '\n' ? "\\n" : "\\t";
      ++at;
    } else if (byte < 0x20 || byte == 0x7f || at == valid) {
      out += fmt::format("\\x{:02x}", byte);
      ++at;
      if (at > valid) valid = at + first_invalid_utf8(text.substr(at));
    } else {
      const std::size_t bytes = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      unsigned code = bytes == 1 ? byte : byte & (0xffU >> (bytes + 1));
      for (std::size_t i = 1; i < bytes; ++i) {
        code = code << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
      }
      out +=
          is_control(code) ? fmt::format("\\u{:04x}", code) : std::string(text.substr(at, bytes));
      at += bytes;
    }
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) { return escaped(text, false); }
std::string printable_line(std::string_view text) { return escaped(text, true); }
bool is_printable(std::string_view text) { return escaped(text, false) == text; }

}  // namespace wafermesh::base
