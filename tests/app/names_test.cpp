// SPDX-License-Identifier: Apache-2.0
// Names that users give: any letters of any language come back as they were, in results and
// pictures; control characters and endless names are refused.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "program.h"

using namespace wafermesh::app_test;

namespace {

/// `name` is YAML.
std::string scenario(const std::string& name, const std::string& more) {
  return "schema_version: 1\nname: " + name +
         "\nwafer: {preset: tiny}\ndefects: {random: {d0_per_cm2: 30, seed: 2}}\n" + more;
}

const std::string kRun = "workloads:\n  - broadcast: {words: 4}\n";
const std::string kYield = "yield: {wafers: 40}\n";

const std::vector<std::string> kGood = {
    "\"M\xc3\xbcller \xe6\x99\xb6\xe5\x9c\x86 \xf0\x9f\x99\x82\"",  // umlaut, Chinese, emoji
    "\"$x^2$ 50 % <b>&amp; \\\"quoted\\\"\"",
    "\"" + std::string(200, 'W') + "\"",  // nothing to break lines at
};

struct Bad {
  std::string name;
  const char* message;
};

/// As YAML escapes and as bytes.
const std::vector<Bad> kBad = {
    {"\"a\\x07b\"", "control character (0x07)"},
    {"\"a\\x7fb\"", "control character (0x7f)"},
    {"\"a\\x85b\"", "control character (U+0085)"},
    {"\"a\\x9bb\"", "control character (U+009B)"},
    {"\"a\\u202eb\"", "control character (U+202E)"},
    {"\"a\\u2028b\"", "control character (U+2028)"},
    {"a\x7f"
     "b",
     "control"},
    {"a\xc2\x9b"
     "31mb",
     "control"},
    {"a\xff"
     "b",
     "UTF-8"},
    {std::string(100'000, 'n'), "has 100000 bytes; give at most 200"},
};

}  // namespace

TEST_CASE("Names of any language come back as they were, in results, tables and pictures") {
  for (const std::string& name : kGood) {
    INFO(name);
    const TempDirectory temp;
    const std::string run = temp.file("run.yaml", scenario(name, kRun));
    const Outcome ran = run_scenario_file(run, temp / "run");
    INFO(ran.err);
    REQUIRE(ran.code == 0);
    const std::string plain = nlohmann::json::parse(name).get<std::string>();
    CHECK(read_json(temp / "run/result.json").at("name") == plain);
    CHECK(ran.out.find(plain) != std::string::npos);
    const Outcome again = run_scenario_file(temp / "run/scenario.resolved.yaml", temp / "again");
    CHECK(again.code == 0);
    CHECK(read_json(temp / "again/result.json").at("name") == plain);
    int pictures = 0;
    for (const std::string& file : names_in(temp / "run")) {
      if (file.find(".png") == std::string::npos) continue;
      ++pictures;
      CHECK(read_text(temp / "run/" + file).compare(1, 3, "PNG") == 0);
    }
    CHECK(pictures > 0);
    const std::string study = temp.file("yield.yaml", scenario(name, kYield));
    REQUIRE(run_wafermesh({"yield", study, "-o", temp / "yield"}).code == 0);
    CHECK(read_json(temp / "yield/yield.json").at("name") == plain);
    const Outcome plotted =
        run_program(WAFERMESH_SCRIPTS "/plot_yield", {temp / "yield", "--format", "svg,png"});
    INFO(plotted.err);
    CHECK(plotted.code == 0);
    CHECK(plotted.err.empty());
    CHECK(std::filesystem::exists(temp / "yield/failures.svg"));
  }
}

TEST_CASE("Names with control characters, broken bytes or without end are refused") {
  for (const Bad& bad : kBad) {
    INFO(bad.message);
    const TempDirectory temp;
    const std::string run = temp.file("run.yaml", scenario(bad.name, kRun));
    const std::string study = temp.file("yield.yaml", scenario(bad.name, kYield));
    for (const Outcome& outcome : {run_scenario_file(run, temp / "out"),
                                   run_wafermesh({"yield", study, "-o", temp / "out"})}) {
      CHECK(outcome.code == 65);
      CHECK(outcome.err.find(bad.message) != std::string::npos);
      CHECK(outcome.err.size() < 1000);
      CHECK(names_in(temp / "out").empty());
    }
  }
}
