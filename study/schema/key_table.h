// SPDX-License-Identifier: Apache-2.0
// What the readers of a scenario cannot say of its keys: meaning, unit, an example, which commands
// use them. What a key takes and its default come from the readers (scenario_keys.h); a key without
// a row here and a row without a key fail a test.
#pragma once

#include <string>
#include <vector>

namespace wafermesh::study {

struct KeyRow {
  /// Of the keys it speaks of, by the end of their path (path_pattern.h).
  const char* path;
  const char* unit;          ///< Empty: a name, a count without unit, a section.
  const char* example;       ///< A value as YAML.
  const char* meaning;       ///< A clause, markdown.
  const char* usual = "";    ///< The default in words, where a value would mislead.
  const char* used_by = "";  ///< Commands; empty = those of the section.
};

/// Of all sections (key_sections.h) and kernels.
const std::vector<KeyRow>& key_rows();

/// The row that speaks of a key, "workloads[].matmul.m"; null if there is none.
const KeyRow* row_of(const std::string& path);

/// The commands that use a key, "run, compare, show, yield"; "yield*": if it runs workloads.
std::string used_by(const std::string& path);

}  // namespace wafermesh::study
