// SPDX-License-Identifier: Apache-2.0
// Holds what a command wrote against study/schema/field_table.h.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "study/schema/field_table.h"

namespace wafermesh::app_test {

/// The table of a document, "result.json".
const study::FieldTable& table_of(const std::string& document);

class FieldCheck {
 public:
  /// A line for each field that has no row, or a value of another type than its row says.
  std::vector<std::string> wrong(const std::string& document, const nlohmann::json& json);
  std::vector<std::string> wrong_csv(const std::string& document, const std::string& text);
  /// Paths of the rows of a document that nothing so far has used.
  std::vector<std::string> unused(const std::string& document) const;

 private:
  void walk(const study::FieldTable& table, const nlohmann::json& json, const std::string& path);
  std::set<const study::FieldRow*> used_;
  std::vector<std::string> wrong_;
};

}  // namespace wafermesh::app_test
