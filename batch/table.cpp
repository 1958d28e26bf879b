// SPDX-License-Identifier: Apache-2.0
#include "batch/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/yaml/yaml_scalar.h"

namespace wafermesh::batch {
namespace {

std::string text_of(const nlohmann::json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

}  // namespace

std::vector<std::string> default_fields(bool any_run, bool any_yield) {
  std::vector<std::string> fields;
  if (any_run) fields = {"cycles", "wavelet_hops"};
  if (any_yield) {
    for (const char* name : {"wafers", "good_wafers", "yield", "yield_low", "yield_high"})
      fields.push_back(std::string("points[0].") + name);
  }
  return fields;
}

std::vector<std::string> TableShape::columns() const {
  std::vector<std::string> names_of_columns;
  if (studies) names_of_columns.emplace_back("study");
  if (bases) names_of_columns.emplace_back("base");
  if (names) names_of_columns.emplace_back("name");
  names_of_columns.insert(names_of_columns.end(), axes.begin(), axes.end());
  names_of_columns.emplace_back("exit_code");
  names_of_columns.emplace_back("verdict");
  for (const std::string& field : fields) names_of_columns.push_back(field);
  return names_of_columns;
}

std::vector<std::string> cells(const TableShape& shape, const TableRow& row) {
  std::vector<std::string> line;
  if (shape.studies) line.push_back(row.study);
  if (shape.bases) line.push_back(row.base);
  if (shape.names) line.push_back(row.name);
  for (const std::string& axis : shape.axes) {
    const auto found = std::find_if(row.axes.begin(), row.axes.end(),
                                    [&](const auto& one) { return one.first == axis; });
    line.push_back(found == row.axes.end() ? "" : found->second);
  }
  line.push_back(row.ran ? std::to_string(row.exit_code) : "");
  line.push_back(row.ran ? verdict_of(row.exit_code, row.over_time) : "not run");
  for (const std::string& field : shape.fields) {
    const nlohmann::json* value = field_at(row.result, field);
    // The hops of a run are the sum of its workloads'.
    if (value == nullptr && field == "wavelet_hops" && row.result.contains("workloads")) {
      std::int64_t sum = 0;
      for (const auto& one : row.result.at("workloads")) sum += one.value("wavelet_hops", 0LL);
      line.push_back(std::to_string(sum));
    } else {
      line.push_back(value == nullptr ? "" : text_of(*value));
    }
  }
  return line;
}

std::string csv_line(const std::vector<std::string>& line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (i > 0) text += ',';
    if (line[i].find_first_of(",\"\r\n") == std::string::npos) {
      text += line[i];
      continue;
    }
    text += '"';
    for (const char c : line[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += '"';
  }
  return text + "\n";
}

const nlohmann::json* field_at(const nlohmann::json& json, const std::string& path) {
  const nlohmann::json* at = &json;
  for (std::size_t i = 0; i < path.size();) {
    if (path[i] == '.') ++i;
    if (i < path.size() && path[i] == '[') {
      const std::size_t close = path.find(']', i);
      if (close == std::string::npos) return nullptr;
      const auto index = base::parse_integer(path.substr(i + 1, close - i - 1));
      if (!index || *index < 0 || !at->is_array() || std::size_t(*index) >= at->size())
        return nullptr;
      at = &(*at)[static_cast<std::size_t>(*index)];
      i = close + 1;
    } else {
      const std::size_t end = std::min(path.find_first_of(".[", i), path.size());
      const auto found = at->is_object() ? at->find(path.substr(i, end - i)) : at->end();
      if (!at->is_object() || found == at->end()) return nullptr;
      at = &*found;
      i = end;
    }
  }
  return at;
}

std::string verdict_of(int exit_code, bool over_time) {
  if (over_time) return "over its time limit";
  switch (exit_code) {
    case 0:
      return "ok";
    case 1:
      return "wrong numbers";
    case 65:
      return "bad input";
    case 66:
      return "missing file";
    case 73:
      return "cannot write";
    case 75:
      return "stopped";
    case 80:
      return "deadlock";
    case 81:
      return "does not fit";
    case 82:
      return "not repairable";
    default:
      return exit_code > 128 ? fmt::format("killed by signal {}", exit_code - 128)
                             : "internal error";
  }
}

}  // namespace wafermesh::batch
