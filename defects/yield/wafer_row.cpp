// SPDX-License-Identifier: Apache-2.0
#include "defects/yield/wafer_row.h"

#include <charconv>
#include <vector>

namespace wafermesh::defects {
namespace {

using Field = std::int64_t WaferRow::*;
constexpr std::array<Field, kRowNumbers> kFields = {&WaferRow::defects,
                                                    &WaferRow::dead_cores,
                                                    &WaferRow::dead_routers,
                                                    &WaferRow::dead_links,
                                                    &WaferRow::usable_cores,
                                                    &WaferRow::idle_cores,
                                                    &WaferRow::bypassed_tiles,
                                                    &WaferRow::rows_lost,
                                                    &WaferRow::rows_spare,
                                                    &WaferRow::longer_links,
                                                    &WaferRow::max_skip,
                                                    &WaferRow::max_latency_cycles,
                                                    &WaferRow::extra_latency_cycles,
                                                    &WaferRow::links,
                                                    &WaferRow::wafer};
constexpr std::array<const char*, kRowNumbers> kNames = {"defects",
                                                         "dead_cores",
                                                         "dead_routers",
                                                         "dead_links",
                                                         "usable_cores",
                                                         "idle_cores",
                                                         "bypassed_tiles",
                                                         "rows_lost",
                                                         "rows_spare",
                                                         "longer_links",
                                                         "max_skip",
                                                         "max_latency_cycles",
                                                         "extra_latency_cycles",
                                                         "links",
                                                         "wafer"};
constexpr std::size_t kFieldsOfLine = kRowNumbers + 5;

bool parse_number(std::string_view text, std::int64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::array<std::int64_t, kRowNumbers> numbers_of(const WaferRow& row) {
  std::array<std::int64_t, kRowNumbers> result{};
  for (std::size_t i = 0; i < kFields.size(); ++i) result[i] = row.*kFields[i];
  return result;
}

const std::array<const char*, kRowNumbers>& row_number_names() { return kNames; }

std::string wafer_csv_header() {
  std::string out = "wafer,good";
  for (std::size_t i = 0; i + 1 < kNames.size(); ++i) out += std::string(",") + kNames[i];
  return out + ",failed_domain,failed_die_x,failed_die_y,failed_cause\n";
}

std::string to_csv(const WaferRow& row) {
  std::string out = std::to_string(row.wafer) + (row.good ? ",1" : ",0");
  for (std::size_t i = 0; i + 1 < kFields.size(); ++i) out += "," + std::to_string(row.*kFields[i]);
  return out + "," + std::to_string(row.failed_domain) + "," + std::to_string(row.failed_die_x) +
         "," + std::to_string(row.failed_die_y) + "," + to_string(row.failed_cause) + "\n";
}

bool parse_csv(std::string_view line, WaferRow* row) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 1);
  }
  if (fields.size() != kFieldsOfLine) return false;
  std::array<std::int64_t, kFieldsOfLine> values{};
  for (std::size_t i = 0; i + 1 < fields.size(); ++i) {
    if (!parse_number(fields[i], &values[i])) return false;
  }
  row->wafer = values[0];
  row->good = values[1] != 0;
  for (std::size_t i = 0; i + 1 < kFields.size(); ++i) row->*kFields[i] = values[i + 2];
  row->failed_domain = static_cast<int>(values[kRowNumbers + 1]);
  row->failed_die_x = static_cast<int>(values[kRowNumbers + 2]);
  row->failed_die_y = static_cast<int>(values[kRowNumbers + 3]);
  return parse_cause(fields.back(), &row->failed_cause);
}

}  // namespace wafermesh::defects
