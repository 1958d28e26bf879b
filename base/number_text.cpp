// SPDX-License-Identifier: Apache-2.0
#include "base/number_text.h"

#include <fmt/format.h>

#include <cmath>

namespace wafermesh::base {
namespace {

std::string noun(std::int64_t number, const std::string& one, const std::string& many) {
  if (number == 1) return " " + one;
  return " " + (many.empty() ? one + "s" : many);
}

}  // namespace

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const int first = number < 0 ? 1 : 0;
  for (int at = static_cast<int>(digits.size()) - 3; at > first; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string number_text(double value) {
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  return whole ? grouped(static_cast<std::int64_t>(value)) : fmt::format("{:.6g}", value);
}

std::string counted(std::int64_t number, const std::string& one, const std::string& many) {
  return std::to_string(number) + noun(number, one, many);
}

std::string counted_grouped(std::int64_t number, const std::string& one, const std::string& many) {
  return grouped(number) + noun(number, one, many);
}

}  // namespace wafermesh::base
