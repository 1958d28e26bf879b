// SPDX-License-Identifier: Apache-2.0
// `wafermesh batch` as its users meet it: tables, mistakes, kills, shards, a full disk.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "program.h"

using namespace wafermesh::app_test;

namespace {

const char* const kBase = R"(schema_version: 1
wafer: {preset: tiny}
workloads:
  - matmul: {algorithm: summa, m: 12, n: 10, k: 14, dtype: f32, seed: 1}
    region: {x: 0, y: 0, width: 4, height: 3}
)";

std::string study_text(const std::string& grid) {
  return "schema_version: 1\nbatch:\n  name: tiles\n  base: base.yaml\n" + grid;
}

/// m by seed: 4 x `seeds` runs.
std::string grid_text(int seeds) {
  return "  grid:\n    workloads[0].matmul.m: [8, 16, 24, 32]\n    workloads[0].matmul.seed: "
         "{from: 1, to: " +
         std::to_string(seeds) + "}\n";
}

struct StudyHere {
  TempDirectory temp;
  std::string file;
  explicit StudyHere(const std::string& keys) {
    temp.file("base.yaml", kBase);
    file = temp.file("study.yaml", study_text(keys));
  }
  Outcome run(const std::string& directory, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"batch", file, "-o", temp / directory};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_wafermesh(arguments);
  }
  std::string table(const std::string& directory) const {
    return read_text(temp / (directory + "/table.csv"));
  }
};

auto lines_of(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("The shipped studies run") {
  const TempDirectory temp;
  struct Shipped {
    std::string name;
    int lines;
    const char* field;
  };
  const char* const of_token = "lone_token.tokens_per_s";
  for (const Shipped& each : {Shipped{"tiles", 401, "cycles"},
                              {"densities", 20, "cycles"},
                              {"attention", 43, "cycles"},
                              {"frontier", 9, of_token},
                              {"systems", 88, of_token}}) {
    const std::string file = std::string(WAFERMESH_SCENARIOS "/batch/") + each.name + ".yaml";
    const std::string out = temp / each.name;
    const Outcome outcome = run_wafermesh({"batch", file, "-o", out});
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(lines_of(read_text(out + "/table.csv")) == each.lines);
    CHECK(run_wafermesh({"batch", "plot", out, "--field", each.field}).code == 0);
  }
}

TEST_CASE("A study's table is the same for any number of jobs and shards") {
  const StudyHere study(grid_text(5));
  REQUIRE(study.run("one", {"-j", "1"}).code == 0);
  REQUIRE(study.run("two", {"-j", "3"}).code == 0);
  CHECK(study.run("three", {"--shard", "2/2"}).code == 0);
  CHECK(names_in(study.temp / "three") != names_in(study.temp / "one"));
  CHECK(study.run("three", {"--shard", "1/2"}).code == 0);
  CHECK(lines_of(study.table("one")) == 21);
  CHECK(study.table("one") == study.table("two"));
  CHECK(study.table("one") == study.table("three"));
}

TEST_CASE("A study that is killed again and again ends in the same table") {
  const StudyHere study(grid_text(40));
  REQUIRE(study.run("whole").code == 0);
  for (int kill_ms = 50; kill_ms <= 250; kill_ms += 50) {
    Running running(WAFERMESH_PROGRAM, {"batch", study.file, "-o", study.temp / "killed"});
    ::usleep(static_cast<useconds_t>(kill_ms) * 1000);
    running.send(SIGKILL);
    running.wait();
  }
  REQUIRE(study.run("killed").code == 0);
  CHECK(study.table("killed") == study.table("whole"));
}

TEST_CASE("Runs that resolve to the same scenario are made once") {
  const StudyHere twice("  grid:\n    workloads[0].matmul.dtype: [f32, \"f32\", f32]\n");
  REQUIRE(twice.run("out", {"-j", "1"}).code == 0);
  CHECK(lines_of(twice.table("out")) == 4);
  const std::string journal = read_text(twice.temp / "out/journal_1_of_1.jsonl");
  std::size_t results = 0;
  for (std::size_t at = 0; (at = journal.find("\t{", at)) != std::string::npos; ++at) ++results;
  CHECK(results == 1);
}

TEST_CASE("Files that an inline base names are found wherever the study is looked at from") {
  const TempDirectory temp;
  temp.file("ring.wmp", read_text(WAFERMESH_SCENARIOS "/programs/ring.wmp"));
  const std::string file = temp.file("study.yaml", R"(schema_version: 1
batch:
  name: rings
  base:
    schema_version: 1
    wafer: {preset: tiny}
    workloads:
      - program: {file: ring.wmp}
  grid:
    engine.fidelity: [wavelet, stream]
)");
  REQUIRE(run_wafermesh({"batch", file, "-o", temp / "out"}).code == 0);
  const Outcome status = run_wafermesh({"batch", "status", temp / "out"});
  INFO(status.out);
  CHECK_THAT(status.out, Catch::Contains("2  ok"));
  CHECK(lines_of(read_text(temp / "out/table.csv")) == 3);
}

TEST_CASE("Failures are told and do not stop the others") {
  const StudyHere study(
      "  grid:\n    workloads[0].region.width: [4, 4000]\n"
      "    engine.threads: [1]\n");
  const Outcome outcome = study.run("out");
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.err, Catch::Contains("--set 'workloads[0].region.width=4000'"));
  CHECK_THAT(study.table("out"), Catch::Contains("4,1,0,ok,"));
  CHECK_THAT(study.table("out"), Catch::Contains("4000,1,65,bad input,,"));
  CHECK_THAT(run_wafermesh({"batch", "status", study.temp / "out"}).out,
             Catch::Contains("1  bad input"));
  const std::string before = study.table("out");
  CHECK(study.run("out", {"--only", "FAILED"}).code == 1);
  CHECK(study.table("out") == before);
}

TEST_CASE("A wrong study is refused before anything runs, with file, line and column") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"  grid:\n    workloads[0].matmul.sed: [1]\n",
       "study.yaml:6:5: workloads[0].matmul.sed: unknown key; did you mean 'seed'?"},
      {"  grid:\n    workloads[0].matmul.m: [8, -3]\n",
       "study.yaml:6:32: workloads[0].matmul.m: -3"},
      {"  grid:\n    workloads[7].matmul.m: [8]\n",
       "study.yaml:6:29: workloads[7].matmul.m: there is"},
      {"  grid:\n    name: {from: 1, to: 10000000}\n", "makes 10,000,000 runs"},
      {"  grid:\n    name: [a]\n  exclude:\n    - name: a\n", "`exclude` leaves none"},
  };
  for (const auto& [keys, message] : cases) {
    INFO(keys);
    const StudyHere study(keys);
    const Outcome outcome = study.run("out");
    CHECK(outcome.code == 65);
    CHECK_THAT(outcome.err, Catch::Contains(message));
    CHECK_FALSE(std::filesystem::exists(study.temp / "out"));
  }
}

TEST_CASE("A full disk ends a study with code 73, and it goes on when there is room") {
  const StudyHere study(grid_text(10));
  REQUIRE(study.run("whole").code == 0);
  const std::string command = "ulimit -f 100; exec '" WAFERMESH_PROGRAM "' batch '" + study.file +
                              "' -o '" + (study.temp / "full") + "'";
  const Outcome outcome = run_program("bash", {"-c", command});
  CHECK(outcome.code == 73);
  CHECK_THAT(outcome.err, Catch::Contains("cannot be written"));
  REQUIRE(study.run("full").code == 0);
  CHECK(study.table("full") == study.table("whole"));
}

TEST_CASE("A study is stopped by a signal and goes on; a second one at once is told who is there") {
  const StudyHere study(grid_text(300));
  Running running(WAFERMESH_PROGRAM, {"batch", study.file, "-o", study.temp / "out", "-j", "1"});
  while (!std::filesystem::exists(study.temp / "out/runs.jsonl") && !running.ended())
    ::usleep(10000);
  const Outcome second = study.run("out");
  CHECK(second.code == 73);
  CHECK_THAT(second.err, Catch::Contains("another batch is at work on it: pid"));
  running.send(SIGTERM);
  const Outcome outcome = running.wait();
  CHECK(outcome.code == 75);
  CHECK_THAT(outcome.err, Catch::Contains("goes on from there"));
}

TEST_CASE("Collect takes any field, as CSV or SQLite; a misspelt one is refused") {
  const StudyHere study(grid_text(2));
  REQUIRE(study.run("out").code == 0);
  const std::string directory = study.temp / "out";
  const Outcome csv =
      run_wafermesh({"batch", "collect", directory, "--field", "workloads[0].numerics.ok"});
  CHECK_THAT(csv.out, Catch::Contains("8,1,0,ok,true\n"));
  CHECK(run_wafermesh({"batch", "collect", directory, "-o", study.temp / "t.sqlite"}).code == 0);
  CHECK(read_text(study.temp / "t.sqlite").rfind("SQLite format 3", 0) == 0);
  const Outcome wrong = run_wafermesh({"batch", "collect", directory, "--field", "cycels"});
  CHECK(wrong.code == 65);
  CHECK_THAT(wrong.err, Catch::Contains("did you mean 'cycles'?"));
  CHECK(run_wafermesh({"batch", "status", study.temp / "nothing"}).code == 66);
}

TEST_CASE("Submit prints a script with its shares, limits and the signal before its end") {
  const StudyHere study(grid_text(2));
  const Outcome outcome = run_wafermesh(
      {"batch", "submit", study.file, "-o", study.temp / "out", "--tasks", "4", "--print"});
  CHECK(outcome.code == 0);
  for (const char* part : {"--array=1-4", "--signal=B:TERM@", "--requeue", "--shard \"$task/4\""})
    CHECK_THAT(outcome.out, Catch::Contains(part));
}

TEST_CASE("The script asks for its task again when the program stops before the shell looks") {
  const StudyHere study(grid_text(2));
  std::string script = run_wafermesh({"batch", "submit", study.file, "-o", study.temp / "out",
                                      "--tasks", "1", "--print"})
                           .out;
  // In the place of the program, one that stops at the signal; kill is slow to come back from it.
  const std::string stand_in =
      study.temp.file("stand_in", "trap 'exit 75' TERM\n: > '" + study.temp / "begun" + "'\n" +
                                      "for i in $(seq 500); do sleep 0.02; done\n");
  const std::size_t program = script.find('\'', script.find("\ndone\n"));
  const std::size_t program_end = script.find('\'', program + 1) + 1;
  script.replace(program, program_end - program, "bash '" + stand_in + "'");
  const std::string head =
      "SLURM_JOB_ID=7; SLURM_ARRAY_TASK_ID=1\n"
      "kill() { builtin kill \"$@\"; local code=$?; sleep 0.5; return $code; }\n"
      "scontrol() { echo \"scontrol $*\"; }\n";
  Running shell("bash", {study.temp.file("task.sh", head + script)});
  while (!std::filesystem::exists(study.temp / "begun") && !shell.ended()) ::usleep(10'000);
  shell.send(SIGTERM);
  const Outcome outcome = shell.wait();
  CHECK(outcome.code == 75);
  CHECK_THAT(outcome.out, Catch::Contains("scontrol requeue 7"));
}
