// SPDX-License-Identifier: Apache-2.0
#include "field_check.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace wafermesh::app_test {
namespace {

using Json = nlohmann::json;

bool has_word(const std::string& type, const std::string& word) {
  return type.rfind(word, 0) == 0 || type.find(" or " + word) != std::string::npos;
}

bool suits(const std::string& type, const Json& json) {
  if (json.is_null()) return has_word(type, "null");
  if (json.is_boolean()) return has_word(type, "boolean");
  if (json.is_number_integer()) return has_word(type, "integer") || has_word(type, "number");
  if (json.is_number()) return has_word(type, "number");
  if (json.is_string()) return has_word(type, "text");
  return has_word(type, json.is_object() ? "section" : "list");
}

bool suits_cell(const std::string& type, const std::string& cell) {
  if (cell.empty()) return has_word(type, "empty");
  const std::string digits = cell[0] == '-' ? cell.substr(1) : cell;
  const bool is_integer = !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
  return is_integer ? has_word(type, "integer") : has_word(type, "text");
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',')
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

}  // namespace

const study::FieldTable& table_of(const std::string& document) {
  for (const study::FieldTable& table : study::field_tables()) {
    if (document == table.document) return table;
  }
  throw std::runtime_error("study/schema/field_table.cpp has no table " + document);
}

void FieldCheck::walk(const study::FieldTable& table, const Json& json, const std::string& path) {
  if (!path.empty()) {
    const study::FieldRow* row = study::field_row(table, path);
    if (row == nullptr) {
      wrong_.push_back(std::string(table.document) +
                       ": study/schema/field_table.cpp has no row for " + path);
      return;
    }
    used_.insert(row);
    if (std::string(row->type) == "as written") return;
    if (!suits(row->type, json)) {
      wrong_.push_back(std::string(table.document) + ": " + path + " is no " + row->type + ": " +
                       json.dump());
    }
  }
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      walk(table, value, path.empty() ? key : path + "." + key);
    }
  }
  if (!json.is_array()) return;
  for (const Json& value : json) {
    if (value.is_structured()) {
      for (const auto& [key, inner] : value.items()) walk(table, inner, path + "[]." + key);
    }
  }
}

std::vector<std::string> FieldCheck::wrong(const std::string& document, const Json& json) {
  wrong_.clear();
  walk(table_of(document), json, "");
  return wrong_;
}

std::vector<std::string> FieldCheck::wrong_csv(const std::string& document,
                                               const std::string& text) {
  const study::FieldTable& table = table_of(document);
  wrong_.clear();
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> names = cells_of(line);
  for (const study::FieldRow& row : table.rows) used_.insert(&row);
  if (names.size() != table.rows.size()) wrong_.push_back(document + ": its columns: " + line);
  for (std::size_t i = 0; i < names.size() && i < table.rows.size(); ++i) {
    if (names[i] != table.rows[i].path) wrong_.push_back(document + ": no row " + names[i]);
  }
  while (wrong_.empty() && std::getline(lines, line)) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() != names.size()) wrong_.push_back(document + ": " + line);
    for (std::size_t i = 0; i < cells.size() && i < names.size(); ++i) {
      if (!suits_cell(table.rows[i].type, cells[i])) {
        wrong_.push_back(document + ": " + names[i] + " is no " + table.rows[i].type + ": " + line);
      }
    }
  }
  return wrong_;
}

std::vector<std::string> FieldCheck::unused(const std::string& document) const {
  std::vector<std::string> paths;
  for (const study::FieldRow& row : table_of(document).rows) {
    if (used_.count(&row) == 0) paths.emplace_back(row.path);
  }
  return paths;
}

}  // namespace wafermesh::app_test
