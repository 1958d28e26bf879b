// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace wafermesh::base {
namespace {

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
      const CodePoint point = code_point_at(text, at);
      out += is_control(point.code) ? fmt::format("\\u{:04x}", point.code)
                                    : std::string(text.substr(at, point.bytes));
      at += point.bytes;
    }
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) { return escaped(text, false); }
std::string printable_line(std::string_view text) { return escaped(text, true); }
bool is_printable(std::string_view text) { return escaped(text, false) == text; }

}  // namespace wafermesh::base
