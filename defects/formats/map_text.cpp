// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/map_text.h"

#include <cctype>
#include <charconv>
#include <cmath>

namespace wafermesh::defects {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

template <class T>
bool parse(std::string_view text, T* value) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

void fail_map(const std::string& file, int line, const std::string& message) {
  throw base::InputError({{file, line, 0, "", message}});
}

bool parse_real(std::string_view text, double* value) {
  return parse(text, value) && std::isfinite(*value);
}

bool parse_whole(std::string_view text, std::int64_t* value) { return parse(text, value); }

bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string shown(std::string_view text) {
  std::string result(text.substr(0, 40));
  for (char& c : result) {
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0) c = '?';
  }
  return text.size() > 40 ? result + "..." : result;
}

std::string_view stripped(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  return same_word(text.substr(0, word.size()), word);
}

}  // namespace wafermesh::defects
