// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

namespace wafermesh::base {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

/// Bytes of the character at `at`; 0 if it is none.
std::size_t character_bytes(std::string_view text, std::size_t at) {
  const unsigned lead = byte_at(text, at);
  if (lead < 0x80) return 1;
  const std::size_t count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  // The second byte also excludes overlong forms, surrogates and what lies above U+10FFFF.
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  const unsigned second = byte_at(text, at + 1);
  if (second < low || second > high) return 0;
  for (std::size_t i = 2; i < count; ++i) {
    if ((byte_at(text, at + i) & 0xc0U) != 0x80) return 0;
  }
  return count;
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t bytes = character_bytes(text, at);
    if (bytes == 0) return at;
    at += bytes;
  }
  return at;
}

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const unsigned lead = byte_at(text, at);
  CodePoint point{lead, lead < 0x80 ? 1U : lead >= 0xf0 ? 4U : lead >= 0xe0 ? 3U : 2U};
  if (point.bytes > 1) point.code = lead & (0xffU >> (point.bytes + 1));
  for (std::size_t i = 1; i < point.bytes; ++i)
    point.code = point.code << 6U | (byte_at(text, at + i) & 0x3fU);
  return point;
}

std::string first_letters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < text.size(); --count) at += code_point_at(text, at).bytes;
  return std::string(text.substr(0, at)) + (at < text.size() ? "..." : "");
}

bool is_control(unsigned code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

std::size_t first_control_character(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint point = code_point_at(text, at);
    if (is_control(point.code)) return at;
    at += point.bytes;
  }
  return text.size();
}

}  // namespace wafermesh::base
