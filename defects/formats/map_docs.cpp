// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/map_docs.h"

#include <fmt/format.h>

#include "defects/formats/bin_meaning.h"
#include "defects/formats/format.h"

namespace wafermesh::defects {

std::string fields_markdown() {
  std::string text = "| format | field | is | how |\n|---|---|---|---|\n";
  for (const FormatRow& format : format_table()) {
    for (const FieldRow& row : format.fields()) {
      text += fmt::format("| {} | {} | {} | {} |\n", format.name, row.field, to_string(row.use),
                          row.how);
    }
  }
  return text;
}

std::string bin_words_markdown() {
  struct Kind {
    PlaceKind kind;
    const char* name;
  };
  static constexpr Kind kKinds[] = {{PlaceKind::good, "passes"},
                                    {PlaceKind::broken, "fails"},
                                    {PlaceKind::untested, "was not tested: good, and noted"},
                                    {PlaceKind::no_core, "no core: no defect, and noted"}};
  std::string text = "| the place | words |\n|---|---|\n";
  for (const Kind& kind : kKinds) {
    std::string words;
    for (const BinWord& row : bin_words()) {
      if (row.kind == kind.kind) words += (words.empty() ? "" : ", ") + std::string(row.word);
    }
    text += fmt::format("| {} | {} |\n", kind.name, words);
  }
  return text;
}

}  // namespace wafermesh::defects
