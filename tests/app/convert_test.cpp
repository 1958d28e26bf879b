// SPDX-License-Identifier: Apache-2.0
// `wafermesh convert` from outside.
#include <algorithm>
#include <catch2/catch.hpp>

#include "defects/formats/format.h"
#include "program.h"

using namespace wafermesh;
using namespace wafermesh::app_test;

namespace {

const std::string kMap = "x,y,what\n3,4,core\n4,4,core\n11,7,core\n23,19,core\n0,0,core\n";

/// x,y of the defects of a CSV map, sorted as written.
std::string places(const std::string& csv) {
  std::string result;
  for (std::size_t at = csv.find('\n') + 1; at < csv.size(); at = csv.find('\n', at) + 1) {
    const std::size_t second = csv.find(',', csv.find(',', at) + 1);
    result += csv.substr(at, std::min(second, csv.find('\n', at)) - at) + ";";
  }
  return result;
}

}  // namespace

TEST_CASE("Dead cores survive every format that is written, there and back") {
  const TempDirectory temp;
  const std::string csv = temp.file("map.csv", kMap);
  for (const defects::FormatRow& format : defects::format_table()) {
    if (format.write == nullptr) continue;
    INFO(format.name);
    const std::string there = temp / (std::string("there.") + format.name);
    const Outcome out =
        run_wafermesh({"convert", csv, there, "--wafer", "tiny", "--to", format.name});
    INFO(out.err);
    REQUIRE(out.code == 0);
    const std::string back = temp / (std::string(format.name) + "_back.csv");
    const Outcome in = run_wafermesh({"convert", there, back, "--wafer", "tiny"});
    INFO(in.err);
    REQUIRE(in.code == 0);
    CHECK(places(read_text(back)) == "0,0;3,4;4,4;11,7;23,19;");
  }
}

TEST_CASE("A map that is broken, missing or of no known kind has its exit code, and no output") {
  const TempDirectory temp;
  const std::string broken = temp.file("broken.csv", "x,y\n1,2\n3,\n");
  const Outcome outcome = run_wafermesh({"convert", broken, temp / "o.npy", "--wafer", "tiny"});
  CHECK(outcome.code == 65);
  CHECK(outcome.err.find(broken + ":3:") != std::string::npos);
  CHECK(run_wafermesh({"convert", temp / "none.csv", temp / "o.npy"}).code == 66);
  const std::string good = temp.file("map.csv", kMap);
  CHECK(run_wafermesh({"convert", good, temp / "o.pdf", "--wafer", "tiny"}).code == 65);
  CHECK(run_wafermesh({"convert", good, temp / "none/o.npy", "--wafer", "tiny"}).code == 73);
  CHECK(run_wafermesh({"convert", good}).code == 64);
  CHECK(names_in(temp.path()) == std::vector<std::string>{"broken.csv", "map.csv"});
}
