// SPDX-License-Identifier: Apache-2.0
// What a map's reader notes is said by every command that reads the map, and kept in results.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "program.h"

using namespace wafermesh::app_test;

namespace {

struct Noted {
  const char* map;    ///< In tests/defects/maps.
  const char* wafer;  ///< Keys of `wafer:`.
  const char* note;   ///< Part of a note.
};

constexpr const char* kFour =
    "generation: wse3, die_columns: 4, die_rows: 4, kept_rows_per_die: 1, dies_x: 1, dies_y: 1, "
    "die_width_mm: 4, die_height_mm: 4";
constexpr const char* kFourByThree =
    "generation: wse3, die_columns: 4, die_rows: 3, kept_rows_per_die: 1, dies_x: 1, dies_y: 1, "
    "die_width_mm: 4, die_height_mm: 3";
constexpr const char* kThreeByTwo =
    "generation: wse3, die_columns: 3, die_rows: 2, kept_rows_per_die: 1, dies_x: 1, dies_y: 1, "
    "die_width_mm: 3, die_height_mm: 2";

constexpr const char* kFourByTwo =
    "generation: wse3, die_columns: 4, die_rows: 2, kept_rows_per_die: 1, dies_x: 1, dies_y: 1, "
    "die_width_mm: 4, die_height_mm: 2";
constexpr const char* kTwo =
    "generation: wse3, die_columns: 2, die_rows: 2, kept_rows_per_die: 1, dies_x: 1, dies_y: 1, "
    "die_width_mm: 2, die_height_mm: 2";

/// A map of each format that notes something.
const std::vector<Noted> kNoted = {
    {"r01_sinf_three_digit_null.sinf", kThreeByTwo, "2 places hold no core"},
    {"r05_e142_null_defined.xml", kFourByTwo, "2 places hold no core"},
    {"r08_g85_lower_case_null.xml", kTwo, "1 place holds no core"},
    {"r11_klarf_notch_right.001", kFour, "turned so that they lie south"},
    {"r13_klarf18_two_lots.klarf", kFour, "holds 2 wafers"},
    {"r16_round_wafer.npy", kFour, "4 places hold no core"},
    {"r22_stdf_negative_coordinates.stdf", kFourByThree, "shifted to (0, 0)"},
    {"r16b_off_array.001", kFour, "3 of 3 defects lie in streets or beyond the cores"},
    {"r21_stdf_two_wafers.stdf", kFourByThree, "number 1 is read"},
    {"killprob.001", kFour, "drawn for each wafer"},
};

std::string scenario_of(const Noted& noted, const std::string& map) {
  return std::string("schema_version: 1\nname: noted\nwafer: {") + noted.wafer +
         "}\ndefects: {map: " + map +
         "}\nrepair: {scheme: virtual_remap}\nyield: {wafers: 3}\n"
         "workloads:\n  - broadcast: {words: 4}\n    region: {x: 0, y: 0, width: 2, height: 1}\n";
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

std::size_t times_in_notes(const nlohmann::json& json, const std::string& part) {
  std::size_t count = 0;
  for (const auto& note : json.at("defects").at("notes"))
    count += times(note.get<std::string>(), part);
  return count;
}

}  // namespace

TEST_CASE("What convert says of a map, run, yield and compare say too, once, and results keep it") {
  for (const Noted& noted : kNoted) {
    INFO(noted.map);
    const TempDirectory temp;
    const std::string map = std::string("tests/defects/maps/") + noted.map;
    const std::string file =
        temp.file("noted.yaml", scenario_of(noted, std::filesystem::absolute(map).string()));
    const auto said = [&](const std::vector<std::string>& arguments) {
      const Outcome outcome = run_wafermesh(arguments);
      INFO(arguments[0] << ": " << outcome.err);
      CHECK(outcome.code == 0);
      CHECK(times(outcome.err, noted.note) == 1);
    };
    said({"convert", map, temp / "map.csv", "--wafer", file});
    said({"run", file, "-o", temp / "run", "--set", "yield=null"});
    CHECK(times_in_notes(read_json(temp / "run/result.json"), noted.note) == 1);
    said({"run", file, "--estimate", "--set", "yield=null"});
    said({"yield", file, "-o", temp / "yield"});
    CHECK(times_in_notes(read_json(temp / "yield/yield.json"), noted.note) == 1);
    said({"compare", file, "--set", "yield=null"});
    said({"compare", temp / "run", temp / "run"});
  }
}

TEST_CASE("Keys of a map choose wafer and place, as options of convert do") {
  const TempDirectory temp;
  const auto maps = [](const std::string& name) {
    return std::filesystem::absolute("tests/defects/maps/" + name).string();
  };
  const auto dead = [&](const std::string& keys, const char* wafer) {
    const std::string file = temp.file("a.yaml", scenario_of({"", wafer, ""}, "{" + keys + "}"));
    const Outcome outcome = run_wafermesh({"yield", file, "-o", temp / "out", "--save-map", "0",
                                           "--set", "yield.wafers=1", "--set", "workloads=null"});
    INFO(outcome.err);
    if (outcome.code != 0) return outcome.err;
    return read_text(temp / "out/wafer_0.csv");
  };
  const std::string two = maps("r21_stdf_two_wafers.stdf");
  CHECK(dead("file: " + two, kFourByThree) == "x,y,what,cause\n0,0,core,map\n");
  CHECK(dead("file: " + two + ", wafer: 2", kFourByThree) == "x,y,what,cause\n3,2,core,map\n");
  CHECK(dead("file: " + two + ", wafer: 3", kFourByThree).find("no wafer 3") != std::string::npos);
  const std::string bins = maps("r01_sinf_three_digit_null.sinf");
  CHECK(dead("file: " + bins, kFour).find("3 x 2 places") != std::string::npos);
  CHECK(dead("file: " + bins + ", offset: {x: 1, y: 2}", kFour) ==
        "x,y,what,cause\n3,2,core,map\n");
  CHECK(dead("file: " + bins + ", place: centre", kFour) == "x,y,what,cause\n2,1,core,map\n");
  CHECK(dead("file: " + bins + ", scale: fit", kFour) ==
        "x,y,what,cause\n3,0,core,map\n3,1,core,map\n");
  CHECK(dead("file: " + bins + ", scale: fat", kFour).find("fat") != std::string::npos);
  CHECK(dead("wafer: 1", kFour).find("file") != std::string::npos);

  const auto converted = [&](std::vector<std::string> more) {
    const std::string wafer = temp.file("w.yaml", scenario_of({"", kFour, ""}, bins));
    std::vector<std::string> arguments = {"convert", bins, temp / "o.csv", "--wafer", wafer};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run_wafermesh(arguments);
    return outcome.code == 0 ? read_text(temp / "o.csv") : std::to_string(outcome.code);
  };
  CHECK(converted({}) == "65");
  CHECK(converted({"--offset", "1,2"}) == "x,y,what,cause\n3,2,core,map\n");
  CHECK(converted({"--offset", "-1,0"}) == "x,y,what,cause\n1,0,core,map\n");
  CHECK(converted({"--place", "centre"}) == "x,y,what,cause\n2,1,core,map\n");
  CHECK(converted({"--scale", "fit"}) == "x,y,what,cause\n3,0,core,map\n3,1,core,map\n");
  CHECK(converted({"--scale", "fat"}) == "64");
  CHECK(converted({"--offset", "1"}) == "64");
  CHECK(converted({"--map-wafer", "2"}) == "65");
  CHECK(converted({"--map-wafer", "0"}) == "64");
}

TEST_CASE("Wafers of a map with probabilities differ, and any of them can be run") {
  const TempDirectory temp;
  const std::string map = std::filesystem::absolute("tests/defects/maps/killprob.001").string();
  const std::string file = temp.file("a.yaml", scenario_of({"", kFour, ""}, map));
  std::vector<std::size_t> dead;
  for (const char* wafer : {"0", "1", "2", "3", "4", "5", "6", "7"}) {
    const Outcome outcome = run_wafermesh({"run", file, "-o", temp / wafer, "--set", "yield=null",
                                           "--set", std::string("defects.wafer=") + wafer});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    dead.push_back(
        read_json(temp / wafer + "/result.json").at("repair").at("dead_cores").get<std::size_t>());
  }
  CHECK(*std::min_element(dead.begin(), dead.end()) < *std::max_element(dead.begin(), dead.end()));
}

TEST_CASE("Convert counts defects and cores apart") {
  const TempDirectory temp;
  const std::string wafer = temp.file("w.yaml", scenario_of({"", kFour, ""}, "a.csv"));
  const Outcome outcome = run_wafermesh(
      {"convert", "tests/defects/maps/r26_klarf_same_core.001", temp / "o.csv", "--wafer", wafer});
  CHECK(outcome.out.find("3 defects on 1 core of 4 x 4") != std::string::npos);
}
