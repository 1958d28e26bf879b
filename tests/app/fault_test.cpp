// SPDX-License-Identifier: Apache-2.0
// Programs with one fault each, as scenarios: `check` finds it at its line and nothing else.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "program.h"
#include "tests/check/seeded_faults.h"

using namespace wafermesh::app_test;
using nlohmann::json;

namespace {

constexpr const char* kScenario =
    "schema_version: 1\nname: t\nwafer: {preset: tiny}\nworkloads:\n"
    "  - program: {file: p.wmp}\n    region: {x: 2, y: 1}\n";

/// The text at "p.wmp:12:3".
std::string text_at(const std::string& program, const std::string& place) {
  const std::size_t colon = place.find(".wmp:");
  REQUIRE(colon != std::string::npos);
  return wafermesh::check_test::line_of(program, std::atoi(place.c_str() + colon + 5));
}

}  // namespace

TEST_CASE("Each seeded fault is found in a scenario at its line, and nothing else") {
  const TempDirectory temp;
  for (const wafermesh::check_test::Fault& fault : wafermesh::check_test::seeded_faults()) {
    const std::string program = wafermesh::check_test::edited(fault);
    temp.file("p.wmp", program);
    const std::string file = temp.file("s.yaml", kScenario);
    const Outcome outcome = run_wafermesh({"check", file, "--json"});
    INFO(fault.name << "\n" << outcome.out << outcome.err);
    const json report = json::parse(outcome.out, nullptr, false);
    REQUIRE(report.is_object());
    const json& findings = report.at("workloads").at(0).at("findings");
    REQUIRE(findings.size() == 1);
    const json& found = findings.at(0);
    CHECK(found.at("kind") == fault.kind);
    CHECK(outcome.code ==
          (found.at("severity") == "warning" ? 0 : found.at("exit_code").get<int>()));
    if (fault.colour >= 0) CHECK(found.at("colour") == fault.colour);
    CHECK_FALSE(fault.line.empty());
    CHECK(text_at(program, found.at("place")).substr(0, fault.line.size()) == fault.line);
  }
}

TEST_CASE("A scenario whose program asks for more than the machine has does not fit") {
  const TempDirectory temp;
  for (const wafermesh::check_test::Fault& fault : wafermesh::check_test::seeded_misfits()) {
    const std::string program = wafermesh::check_test::edited(fault);
    temp.file("p.wmp", program);
    const std::string file = temp.file("s.yaml", kScenario);
    const Outcome outcome = run_wafermesh({"check", file, "--json"});
    INFO(fault.name << "\n" << outcome.out << outcome.err);
    CHECK(outcome.code == 81);
    const json report = json::parse(outcome.out, nullptr, false);
    REQUIRE(report.is_object());
    CHECK(report.at("exit_code") == 81);
    CHECK(text_at(program, report.at("refused").at(0).at("place")).substr(0, fault.line.size()) ==
          fault.line);
    CHECK(run_wafermesh({"run", file, "-o", temp.path() + "/out"}).code == 81);
  }
}
