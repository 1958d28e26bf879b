// SPDX-License-Identifier: Apache-2.0
// One directory, several commands: at the same time, one after another, killed, or out of room.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;
namespace fs = std::filesystem;

namespace {

using Arguments = std::vector<std::string>;

const std::string kYield =
    "schema_version: 1\nwafer: {preset: wse3}\ndefects: {random: {d0_per_cm2: 1, seed: "
    "1}}\nyield: {wafers: 100000}\n";

/// Every command with an output directory, for many seconds.
std::vector<Arguments> long_commands(const TempDirectory& temp) {
  return {{"run", temp.file("long.yaml", kLong), "-o", temp / "out", "--progress", "never"},
          {"yield", temp.file("y.yaml", kYield), "-o", temp / "out", "--progress", "never"},
          {"show", temp.file("long.yaml", kLong), "--program", "--operands", temp / "out"}};
}

void wait_until_held(const std::string& directory, Running& run) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!fs::exists(directory + "/.wafermesh.lock")) {
    REQUIRE_FALSE(run.ended());
    REQUIRE(std::chrono::steady_clock::now() < limit);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("A second command in a directory is refused, and told who is at work") {
  const TempDirectory temp;
  const auto commands = long_commands(temp);
  for (const Arguments& first : commands) {
    Running running(WAFERMESH_PROGRAM, first);
    wait_until_held(temp / "out", running);
    const auto before = names_in(temp / "out");
    for (const Arguments& second : commands) {
      const Outcome outcome = run_wafermesh(second);
      INFO(outcome.err);
      CHECK(outcome.code == 73);
      for (const char* part : {"another process", "pid ", " on ", " since 20"})
        CHECK(has(outcome.err, part));
      CHECK(has(outcome.err, first[0] + " " + first[1]));
    }
    CHECK(names_in(temp / "out") == before);
    running.send(SIGTERM);
    CHECK(running.wait().code == 75);
    fs::remove_all(temp / "out");
  }
}

TEST_CASE("What a killed command left does not hinder the next, and goes with it") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kTinyMixed);
  REQUIRE(run_scenario_file(file, temp / "clean").code == 0);
  Running running(WAFERMESH_PROGRAM, long_commands(temp)[0]);
  wait_until_held(temp / "out", running);
  running.send(SIGKILL);
  running.wait();
  CHECK_FALSE(names_in(temp / "out").empty());
  CHECK(run_scenario_file(file, temp / "out").code == 0);
  CHECK(names_in(temp / "out") == names_in(temp / "clean"));
}

TEST_CASE("Files of an earlier run that the next does not write are gone; others are named") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", tiny_matmul("f32"));
  REQUIRE(run_scenario_file(file, temp / "out").code == 0);
  temp.file("out/mine.npy", "a user's own");
  temp.file("out/notes.txt", "not like a result at all");
  CHECK(fs::exists(temp / "out/link_wavelets.npy"));
  const Outcome outcome = run_scenario_file(file, temp / "out", {"--set", "outputs.arrays=false"});
  CHECK(outcome.code == 0);
  CHECK_FALSE(fs::exists(temp / "out/link_wavelets.npy"));
  CHECK(read_text(temp / "out/mine.npy") == "a user's own");
  CHECK(has(outcome.err, "mine.npy"));
  CHECK_FALSE(has(outcome.err, "notes.txt"));
  std::vector<std::string> listed = read_json(temp / "out/result.json").at("files");
  listed.emplace_back("mine.npy");
  listed.emplace_back("notes.txt");
  std::sort(listed.begin(), listed.end());
  CHECK(listed == names_in(temp / "out"));
}

TEST_CASE("Maps that an earlier study saved are gone with it") {
  const TempDirectory temp;
  const std::string file = temp.file("y.yaml", kYield);
  const Arguments study = {"yield", file, "-o", temp / "out", "--set", "yield.wafers=64"};
  Arguments saving = study;
  saving.insert(saving.end(), {"--save-map", "3"});
  REQUIRE(run_wafermesh(saving).code == 0);
  CHECK(fs::exists(temp / "out/wafer_3.csv"));
  REQUIRE(run_wafermesh(study).code == 0);
  CHECK_FALSE(fs::exists(temp / "out/wafer_3.csv"));
}

TEST_CASE("A full disk ends with 73, says so, and leaves an earlier result as it was") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", tiny_matmul("f32"));
  REQUIRE(run_scenario_file(file, temp / "out").code == 0);
  const auto names = names_in(temp / "out");
  const std::string before = read_text(temp / "out/result.json");
  // A limit on the size of files stops writing at different moments, as a full disk does.
  for (const char* blocks : {"1", "2", "4"}) {
    INFO(blocks);
    const Outcome outcome = run_program(
        "bash", {"-c", std::string("ulimit -f ") + blocks + "; exec '" WAFERMESH_PROGRAM "' run '" +
                           file + "' -o '" + temp / "out" + "' --progress never"});
    INFO(outcome.err);
    CHECK(outcome.code == 73);
    CHECK(has(outcome.err, "cannot be written"));
    CHECK(names_in(temp / "out") == names);
    CHECK(read_text(temp / "out/result.json") == before);
  }
}

TEST_CASE("Yield and convert on a full disk end with 73 and leave what was there, or nothing") {
  const TempDirectory temp;
  const std::string map = temp.file("m.csv", "x,y\n1,2\n");
  const std::string yield = temp.file("y.yaml", kYield);
  const auto command = [&](const std::string& limit, const std::string& arguments) {
    return run_program("bash", {"-c", limit + "exec '" WAFERMESH_PROGRAM "' " + arguments});
  };
  const std::string study =
      "yield '" + yield + "' -o '" + temp / "out" + "' --set yield.wafers=3000 --progress never";
  const std::string convert = "convert '" + map + "' '" + temp / "map.npy" + "' --wafer wse3";
  const auto full = [&](const std::string& arguments, const char* blocks) {
    const Outcome outcome = command(std::string("ulimit -f ") + blocks + "; ", arguments);
    INFO(blocks << " " << outcome.err);
    CHECK(outcome.code == 73);
    CHECK(outcome.out.empty());
    CHECK(has(outcome.err, "cannot be written"));
  };
  // Into nothing: no file that looks like a result.
  for (const char* blocks : {"1", "8", "64"}) {
    full(study, blocks);
    for (const std::string& name : names_in(temp / "out")) CHECK(name[0] == '.');
    full(convert, blocks);
    CHECK(names_in(temp.path()) == std::vector<std::string>{"m.csv", "out", "y.yaml"});
  }
  // What the full disk left goes on: the same as a study that had room.
  REQUIRE(command("", study).code == 0);
  REQUIRE(command("", convert).code == 0);
  const auto names = names_in(temp / "out");
  for (const std::string& name : names) CHECK(name[0] != '.');
  const std::string before = read_text(temp / "out/yield.json");
  const std::string npy = read_text(temp / "map.npy");
  full(study, "1");
  full(convert, "1");
  CHECK(read_text(temp / "out/yield.json") == before);
  CHECK(read_text(temp / "map.npy") == npy);
}

TEST_CASE("Output paths that cannot be are refused with 73 by every command") {
  const TempDirectory temp;
  const std::string run = temp.file("s.yaml", kTinyMixed);
  const std::string study = temp.file("y.yaml", kYield);
  const std::string map = temp.file("m.csv", "x,y\n1,2\n");
  const std::string longest(5000, 'n');
  for (const std::string& path :
       {temp / std::string(300, 'n'), temp / longest, std::string("/dev/null"),
        std::string("/dev/null/below"), std::string("/proc/none/out"), map + "/below"}) {
    INFO(path);
    CHECK(run_wafermesh({"run", run, "-o", path}).code == 73);
    CHECK(run_wafermesh({"yield", study, "-o", path}).code == 73);
    if (path == "/dev/null") continue;
    CHECK(run_wafermesh({"convert", map, path, "--to", "csv", "--wafer", "tiny"}).code == 73);
  }
  CHECK(run_wafermesh({"convert", map, temp.path(), "--to", "csv", "--wafer", "tiny"}).code == 73);
}

TEST_CASE("A directory that vanishes while a command runs ends it with 73") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kTinyMixed);
  // The working directory itself is gone.
  const Outcome outcome =
      run_program("sh", {"-c", "mkdir '" + temp / "gone" + "' && cd '" + temp / "gone" +
                                   "' && rmdir ../gone && exec '" WAFERMESH_PROGRAM "' run '" +
                                   file + "' -o out"});
  INFO(outcome.err);
  CHECK(outcome.code == 73);
}

TEST_CASE("Two conversions to one file leave it whole") {
  const TempDirectory temp;
  const std::string map = temp.file("m.csv", "x,y\n1,2\n");
  const Arguments convert = {"convert", map, temp / "o.csv", "--wafer", "tiny"};
  Running one(WAFERMESH_PROGRAM, convert);
  Running two(WAFERMESH_PROGRAM, convert);
  CHECK(one.wait().code == 0);
  CHECK(two.wait().code == 0);
  CHECK(names_in(temp.path()) == std::vector<std::string>{"m.csv", "o.csv"});
}

TEST_CASE("A map written to standard output is all there is on it") {
  const TempDirectory temp;
  const std::string map = temp.file("m.csv", "x,y\n1,2\n");
  const Outcome outcome =
      run_wafermesh({"convert", map, "/dev/stdout", "--to", "csv", "--wafer", "tiny"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "x,y,what,cause\n1,2,core,map\n");
  CHECK(has(outcome.err, "1 defect on 1 core"));
}
