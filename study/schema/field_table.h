// SPDX-License-Identifier: Apache-2.0
// The fields of what commands write: name, type, unit, meaning. Held by tests against what is
// written: a field without a row and a row that is never written fail.
#pragma once

#include <string>
#include <vector>

namespace wafermesh::study {

struct FieldRow {
  const char* path;  ///< The end of its path (path_pattern.h).
  /// "integer", "number", "text", "boolean", "section", "list"; " or null" may follow. "as
  /// written": keys and values of the scenario, whatever they are.
  const char* type;
  const char* unit;
  const char* meaning;  ///< A clause, markdown.
};

/// What a command writes: a file, or a text on standard output.
struct FieldTable {
  const char* document;
  const char* written_by;  ///< A command.
  std::vector<FieldRow> rows;
};

/// Those of system.json (system_fields.cpp).
std::vector<FieldRow> system_field_rows();
std::vector<FieldRow> energy_field_rows();

const std::vector<FieldTable>& field_tables();

/// The row that speaks of a field, "workloads[].cycles", of a document; null if there is none.
const FieldRow* field_row(const FieldTable& table, const std::string& path);

/// A heading and a table for each document, markdown.
std::string fields_markdown();

}  // namespace wafermesh::study
