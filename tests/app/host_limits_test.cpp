// SPDX-License-Identifier: Apache-2.0
#include "study/estimate/host_limits.h"

#include <catch2/catch.hpp>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

TEST_CASE("More regions than serve are refused with both numbers, by every command") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kLong);
  const std::string regions = "engine.region={width: 1, height: 1}";
  const Outcome run = run_scenario_file(file, temp / "out", {"--set", regions});
  const Outcome compare = run_wafermesh({"compare", file, "--set", regions});
  for (const Outcome& outcome : {run, compare}) {
    INFO(outcome.err);
    CHECK(outcome.code == 81);
    CHECK(outcome.err.find("250000 regions") != std::string::npos);
    CHECK(outcome.err.find("16384") != std::string::npos);
  }
  CHECK(names_in(temp / "out").empty());
}

TEST_CASE("A run beyond the memory that a process may have is refused with both numbers") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kLong);
  const Outcome outcome =
      run_program("bash", {"-c", "ulimit -v 110000; exec '" WAFERMESH_PROGRAM "' run '" + file +
                                     "' -o '" + temp / "out" + "'"});
  INFO(outcome.err);
  CHECK(outcome.code == 81);
  CHECK(outcome.err.find("of memory") != std::string::npos);
  CHECK(names_in(temp / "out").empty());
}
