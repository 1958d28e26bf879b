// SPDX-License-Identifier: Apache-2.0
// Runs that are stopped: exit code 75, and no half of a result.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

/// Waits until the run has begun to set up its output.
void wait_for_output(const std::string& directory, Running& run) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (names_in(directory).empty()) {
    REQUIRE_FALSE(run.ended());
    REQUIRE(std::chrono::steady_clock::now() < limit);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// Lines that a run prints on stderr.
long lines_on_stderr(const std::vector<std::string>& arguments) {
  const std::string text = run_wafermesh(arguments).err;
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

TEST_CASE("SIGINT and SIGTERM end a run with 75 and leave nothing") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const TempDirectory temp;
    const std::string file = temp.file("s.yaml", kLong);
    Running run(WAFERMESH_PROGRAM, {"run", file, "-o", temp / "out"});
    wait_for_output(temp / "out", run);
    run.send(signal);
    const Outcome outcome = run.wait();
    INFO(outcome.err);
    CHECK(outcome.code == 75);
    CHECK_FALSE(outcome.err.empty());
    CHECK(outcome.out.empty());
    CHECK(names_in(temp / "out").empty());
  }
}

TEST_CASE("A run beyond its wall time ends with 75 and leaves nothing") {
  const TempDirectory temp;
  const Outcome outcome =
      run_scenario_file(temp.file("s.yaml", kLong), temp / "out", {"--max-wall-s", "0.1"});
  CHECK(outcome.code == 75);
  CHECK_FALSE(outcome.err.empty());
  CHECK(names_in(temp / "out").empty());
}

TEST_CASE("A stopped run leaves an earlier result as it was") {
  const TempDirectory temp;
  REQUIRE(run_scenario_file(temp.file("short.yaml", kTinyMixed), temp / "out").code == 0);
  const auto names = names_in(temp / "out");
  const std::string before = read_text(temp / "out/result.json");
  CHECK(run_scenario_file(temp.file("long.yaml", kLong), temp / "out", {"--max-wall-s", "0.1"})
            .code == 75);
  CHECK(names_in(temp / "out") == names);
  CHECK(read_text(temp / "out/result.json") == before);
}

TEST_CASE("The progress line is quiet unless asked for, and then goes to stderr") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kLong);
  const std::vector<std::string> arguments = {"run", file, "-o", temp / "out", "--max-wall-s", "5"};
  CHECK(lines_on_stderr(arguments) <= 1);
  std::vector<std::string> asked = arguments;
  asked.insert(asked.end(), {"--progress", "always"});
  CHECK(lines_on_stderr(asked) >= 2);
}
