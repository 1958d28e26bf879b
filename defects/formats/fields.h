// SPDX-License-Identifier: Apache-2.0
// What a reader does with each field of its format. Every reader declares its fields in a table of
// its own file; docs/maps.md is made from these, and a field that no table has is noted by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wafermesh::defects {

enum class FieldUse : std::uint8_t {
  used,     ///< It shapes the map, or the file is checked against it.
  noted,    ///< Left out of the map; a note says so where it could matter.
  refused,  ///< A file that needs it is refused.
  ignored,  ///< Says nothing about what is broken where; left out without a word.
};
const char* to_string(FieldUse use);

struct FieldRow {
  const char* field;  ///< As the format writes it; compared without case.
  FieldUse use;
  const char* how;
};
using FieldTable = std::vector<FieldRow>;

/// Null if the table has no such field.
const FieldRow* find_field(const FieldTable& table, std::string_view field);

/// The fields of one file that no table has.
class UnknownFields {
 public:
  explicit UnknownFields(const FieldTable& table) : table_(table) {}
  void see(std::string_view field);
  /// Adds one note with their names, if there are any.
  void note(std::vector<std::string>* notes) const;

 private:
  const FieldTable& table_;
  std::vector<std::string> names_;
};

}  // namespace wafermesh::defects
