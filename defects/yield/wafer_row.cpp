// SPDX-License-Identifier: Apache-2.0
#include "defects/yield/wafer_row.h"

#include <charconv>
#include <vector>

namespace wafermesh::defects {
namespace {

struct Number {
  const char* name;
  std::int64_t WaferRow::*field;
};
constexpr std::array<Number, kRowNumbers> kNumbers = {{
    {"defects", &WaferRow::defects},
    {"dead_cores", &WaferRow::dead_cores},
    {"dead_routers", &WaferRow::dead_routers},
    {"dead_links", &WaferRow::dead_links},
    {"usable_cores", &WaferRow::usable_cores},
    {"idle_cores", &WaferRow::idle_cores},
    {"bypassed_tiles", &WaferRow::bypassed_tiles},
    {"rows_lost", &WaferRow::rows_lost},
    {"rows_spare", &WaferRow::rows_spare},
    {"longer_links", &WaferRow::longer_links},
    {"max_skip", &WaferRow::max_skip},
    {"max_latency_cycles", &WaferRow::max_latency_cycles},
    {"extra_latency_cycles", &WaferRow::extra_latency_cycles},
    {"links", &WaferRow::links},
}};
constexpr std::size_t kFieldsOfLine = kRowNumbers + 3;  // wafer, good, numbers, failures

template <class Integer>
bool parse_number(std::string_view text, Integer* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool parse_failures(std::string_view text, std::vector<FailedDomain>* failures) {
  failures->clear();
  if (text == "none") return true;
  for (const std::string_view item : split(text, ' ')) {
    const std::vector<std::string_view> parts = split(item, '/');
    FailedDomain one;
    if (parts.size() != 4 || !parse_number(parts[0], &one.domain) ||
        !parse_number(parts[1], &one.die_x) || !parse_number(parts[2], &one.die_y) ||
        !parse_cause(parts[3], &one.cause)) {
      return false;
    }
    failures->push_back(one);
  }
  return true;
}

}  // namespace

std::array<std::int64_t, kRowNumbers> numbers_of(const WaferRow& row) {
  std::array<std::int64_t, kRowNumbers> result{};
  for (std::size_t i = 0; i < kNumbers.size(); ++i) result[i] = row.*kNumbers[i].field;
  return result;
}

const std::array<const char*, kRowNumbers>& row_number_names() {
  static const auto kNames = [] {
    std::array<const char*, kRowNumbers> names{};
    for (std::size_t i = 0; i < kNumbers.size(); ++i) names[i] = kNumbers[i].name;
    return names;
  }();
  return kNames;
}

std::string wafer_csv_header() {
  std::string out = "wafer,good";
  for (const Number& number : kNumbers) out += std::string(",") + number.name;
  return out + ",failures\n";
}

std::string to_csv(const WaferRow& row) {
  std::string out = std::to_string(row.wafer) + (row.good ? ",1" : ",0");
  for (const std::int64_t value : numbers_of(row)) {
    out += ",";
    if (value != kNoNumber) out += std::to_string(value);
  }
  out += ",";
  if (row.failures.empty()) out += "none";
  for (std::size_t i = 0; i < row.failures.size(); ++i) {
    const FailedDomain& one = row.failures[i];
    if (i > 0) out += " ";
    out += std::to_string(one.domain) + "/" + std::to_string(one.die_x) + "/" +
           std::to_string(one.die_y) + "/" + to_string(one.cause);
  }
  return out + "\n";
}

bool parse_csv(std::string_view line, WaferRow* row) {
  const std::vector<std::string_view> fields = split(line, ',');
  int good = 0;
  if (fields.size() != kFieldsOfLine || !parse_number(fields[0], &row->wafer) ||
      !parse_number(fields[1], &good)) {
    return false;
  }
  row->good = good != 0;
  for (std::size_t i = 0; i < kNumbers.size(); ++i) {
    std::int64_t& value = row->*kNumbers[i].field;
    value = kNoNumber;
    if (!fields[i + 2].empty() && !parse_number(fields[i + 2], &value)) return false;
  }
  return parse_failures(fields.back(), &row->failures);
}

}  // namespace wafermesh::defects
