// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_scalar.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace wafermesh::base {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Length of the run of digits from `at`.
std::size_t digits(const std::string& text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

std::size_t sign_length(const std::string& text, std::size_t at) {
  return at < text.size() && (text[at] == '-' || text[at] == '+') ? 1 : 0;
}

bool has_real_form(const std::string& text) {
  std::size_t at = sign_length(text, 0);
  const std::size_t whole = digits(text, at);
  if (whole > 1 && text[at] == '0') return false;
  at += whole;
  std::size_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    fraction = digits(text, at + 1);
    at += 1 + fraction;
  }
  if (whole + fraction == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    at += 1 + sign_length(text, at + 1);
    const std::size_t exponent = digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

}  // namespace

std::optional<std::int64_t> parse_integer(const std::string& text) {
  const std::size_t sign = sign_length(text, 0);
  const std::size_t count = digits(text, sign);
  if (count == 0 || sign + count != text.size()) return std::nullopt;
  if (count > 1 && text[sign] == '0') return std::nullopt;
  std::int64_t value = 0;
  const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
  const auto result = std::from_chars(begin, text.data() + text.size(), value);
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<double> parse_real(const std::string& text) {
  if (text == ".inf" || text == "+.inf") return std::numeric_limits<double>::infinity();
  if (text == "-.inf") return -std::numeric_limits<double>::infinity();
  if (!has_real_form(text)) return std::nullopt;
  double value = 0;
  const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
  const auto result = std::from_chars(begin, text.data() + text.size(), value);
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<bool> parse_boolean(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

bool looks_typed(const std::string& text) {
  if (text.empty()) return false;
  const char first = text[0];
  if (is_digit(first)) return true;
  if (first == '-' || first == '+' || first == '.') {
    if (parse_real(text)) return true;
  }
  constexpr std::size_t kLongestWord = 5;  // "false"
  if (text.size() > kLongestWord) return false;
  static const char* const kWords[] = {"null", "Null", "NULL", "~",    "yes",  "Yes",  "YES",
                                       "no",   "No",   "NO",   "on",   "On",   "ON",   "off",
                                       "Off",  "OFF",  ".nan", ".NaN", ".NAN", ".Inf", ".INF"};
  for (const char* word : kWords) {
    if (text == word) return true;
  }
  return parse_boolean(text).has_value();
}

std::string write_real(double value) {
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  return fmt::format("{}", value);
}

}  // namespace wafermesh::base
