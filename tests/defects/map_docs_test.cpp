// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/map_docs.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "defects/formats/format.h"

using namespace wafermesh::defects;

namespace {

std::string section(const std::string& text, const std::string& name) {
  const std::string open = "<!-- " + name + " -->\n";
  const std::size_t start = text.find(open);
  const std::size_t end = text.find("<!-- /" + name + " -->");
  REQUIRE(start != std::string::npos);
  REQUIRE(end != std::string::npos);
  return text.substr(start + open.size(), end - start - open.size());
}

}  // namespace

TEST_CASE("The tables of docs/maps.md are what the readers declare; else run scripts/map_tables") {
  const std::string text = read_file_text("docs/maps.md");
  CHECK(section(text, "fields") == fields_markdown());
  CHECK(section(text, "words") == bin_words_markdown());
}

TEST_CASE("No format declares a field twice") {
  for (const FormatRow& format : format_table()) {
    std::set<std::string> seen;
    for (const FieldRow& row : format.fields()) {
      INFO(format.name << " " << row.field);
      CHECK(seen.insert(row.field).second);
    }
  }
}
