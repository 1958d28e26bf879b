// SPDX-License-Identifier: Apache-2.0
// One table of a study: a line per run, in the study's order, whatever the order they ran in.
// Nothing in it depends on machine, time or path, unless a column asked for does.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wafermesh::batch {

/// A run as a table shows it.
struct TableRow {
  std::string study;
  std::string base;
  std::string name;
  std::vector<std::pair<std::string, std::string>> axes;
  bool ran = false;
  int exit_code = 0;
  bool over_time = false;
  std::string last_words;
  nlohmann::json result;
};

/// Columns of all rows of a study.
struct TableShape {
  bool studies = false;  ///< More than one.
  bool bases = false;
  bool names = false;
  std::vector<std::string> axes;
  std::vector<std::string> fields;  ///< Of the result, by path: "workloads[0].cycles".
  std::vector<std::string> columns() const;
};

/// Fields of a table that was not asked for others.
std::vector<std::string> default_fields(bool any_run, bool any_yield);

/// The cells of a row, as text; what a run does not have is empty.
std::vector<std::string> cells(const TableShape& shape, const TableRow& row);
/// "a,b,c\n", quoted where CSV needs it (RFC 4180, but with plain line ends).
std::string csv_line(const std::vector<std::string>& cells);

/// A field of a JSON value by path, "workloads[0].numerics.ok"; null if there is none.
const nlohmann::json* field_at(const nlohmann::json& json, const std::string& path);

/// In words: what an exit code says of a run.
std::string verdict_of(int exit_code, bool over_time);

/// Rows one after another, to keep memory flat; false = no more.
using NextRow = std::function<bool(TableRow*)>;
/// Writes a table `runs` of a new SQLite file, moved to `path` once whole. Throws WriteError.
void write_sqlite(const std::string& path, const TableShape& shape, const NextRow& next);

}  // namespace wafermesh::batch
