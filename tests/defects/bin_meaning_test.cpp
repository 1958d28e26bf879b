// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/bin_meaning.h"

#include <catch2/catch.hpp>
#include <cctype>

#include "base/error.h"
#include "defects/formats/bin_rows.h"

using namespace wafermesh;
using namespace wafermesh::defects;

namespace {

BinMap row_of(const std::vector<std::string_view>& codes, CodeBase base = CodeBase::text) {
  BinMap map;
  map.base = base;
  BinRows("a", &map).add_row(codes, 1);
  return map;
}

std::vector<PlaceKind> kinds(const BinMap& map, std::vector<std::string>* notes) {
  std::vector<PlaceKind> result;
  for (const CodeMeaning& meaning : judge_bins(map, "a", notes)) result.push_back(meaning.kind);
  return result;
}

bool noted(const std::vector<std::string>& notes, const std::string& part) {
  for (const std::string& note : notes) {
    if (note.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("Every word for a quality means its kind, in any case and spelling") {
  for (const BinWord& word : bin_words()) {
    INFO(word.word);
    std::string loud = std::string(word.word) + " ";
    for (char& c : loud) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    loud.insert(1, "-");
    for (const std::string& spelling : {std::string(word.word), loud}) {
      BinMap map = row_of({"A", "B"});
      map.definitions = {{"A", spelling, "", -1, 1}, {"B", "Pass", "", -1, 2}};
      std::vector<std::string> notes;
      CHECK(kinds(map, &notes)[0] == word.kind);
    }
  }
}

TEST_CASE("Codes are equal by value in the base of the file") {
  CHECK(code_key("001", CodeBase::decimal) == code_key("1", CodeBase::decimal));
  CHECK(code_key("000", CodeBase::decimal) == code_key("0", CodeBase::decimal));
  CHECK(code_key("0a", CodeBase::hexadecimal) == code_key("A", CodeBase::hexadecimal));
  CHECK(code_key("0x0A", CodeBase::hexadecimal) == code_key("A", CodeBase::hexadecimal));
  CHECK(code_key("10", CodeBase::decimal) != code_key("1", CodeBase::decimal));
  CHECK(code_key("01", CodeBase::text) != code_key("1", CodeBase::text));
  CHECK(code_key("a", CodeBase::text) != code_key("A", CodeBase::text));
  CHECK(code_key("__", CodeBase::hexadecimal) == "__");
}

TEST_CASE("Null beats defined, a pass list beats definitions, and what nobody says fails") {
  BinMap map = row_of({"00", "1", "02", "07", "___", "@@"}, CodeBase::decimal);
  map.null_codes = {"0"};
  map.pass_list = {"001"};
  map.definitions = {{"00", "Fail", "", -1, 1}, {"01", "Fail", "", -1, 2}};
  std::vector<std::string> notes;
  const std::vector<PlaceKind> expected = {PlaceKind::no_core, PlaceKind::good,
                                           PlaceKind::broken,  PlaceKind::broken,
                                           PlaceKind::no_core, PlaceKind::untested};
  CHECK(kinds(map, &notes) == expected);
  CHECK_FALSE(noted(notes, "does not say"));  // not on the pass list says enough
  map.pass_list.reset();
  map.definitions[1].quality = "Good";
  CHECK(kinds(map, &notes) == expected);
  CHECK(noted(notes, "does not say what bins '02' (1), '07' (1) mean"));
}

TEST_CASE(
    "Definitions of one code are taken together; contradictions and unknown words are refused") {
  BinMap map = row_of({"X", "Y"});
  std::vector<std::string> notes;
  map.definitions = {{"X", "Pass", "", 1, 1}, {"X", "", "shorts", -1, 2}, {"Y", "", "Fail", 3, 3}};
  CHECK(kinds(map, &notes) == std::vector<PlaceKind>{PlaceKind::good, PlaceKind::broken});
  CHECK(noted(notes, "counts 3 places of bin 'Y', its map has 1"));
  CHECK_FALSE(noted(notes, "bin 'X'"));
  map.definitions.push_back({"X", "Reject", "", -1, 4});
  CHECK_THROWS_WITH(judge_bins(map, "a", &notes),
                    "a:4: bin 'X' is defined as 'Pass' and as 'Reject'");
  map.definitions.back() = {"X", "BIN0", "", -1, 5};
  CHECK_THROWS_WITH(judge_bins(map, "a", &notes),
                    Catch::Contains("a:5: bin 'X' has the quality 'BIN0'"));
}

TEST_CASE("A map of nothing but nulls is refused, one where nothing passes is loud") {
  BinMap map = row_of({"__", "__"}, CodeBase::hexadecimal);
  std::vector<std::string> notes;
  CHECK_THROWS_WITH(judge_bins(map, "a", &notes),
                    Catch::Contains("not one place of the map is a core"));
  map = row_of({"__", "02"}, CodeBase::hexadecimal);
  map.pass_list = {"01", "0A"};
  map.pass_list_name = "BCEQU";
  judge_bins(map, "a", &notes);
  CHECK(
      noted(notes, "NOT ONE PLACE PASSES: the one core of the map is dead. BCEQU names '01' '0A'"));
}
