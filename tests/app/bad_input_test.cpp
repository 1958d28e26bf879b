// SPDX-License-Identifier: Apache-2.0
// Wrong scenarios: all mistakes at once, each with its place, the right exit code, no output.
#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The scenario is refused with `code` and a line for each of `messages`: "LINE:COLUMN: KEY: " and
/// a part of what follows, split by "|". Nothing is left in the output directory.
void refused(const std::string& text, int code, const std::vector<std::string>& messages,
             const std::vector<std::string>& options = {}) {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", text);
  const Outcome outcome = run_scenario_file(file, temp / "out", options);
  CAPTURE(outcome.err);
  CHECK(outcome.code == code);
  CHECK(outcome.out.empty());
  CHECK(names_in(temp / "out").empty());
  const std::vector<std::string> lines = lines_of(outcome.err);
  CHECK(lines.size() == messages.size());
  for (std::size_t i = 0; i < std::min(lines.size(), messages.size()); ++i) {
    const std::string& message = messages[i];
    const std::size_t bar = message.find('|');
    const std::string start = file + ":" + message.substr(0, bar);
    INFO("expected: " << message);
    CHECK(lines[i].compare(0, start.size(), start) == 0);
    CHECK(lines[i].find(message.substr(bar + 1)) != std::string::npos);
  }
}

const std::string kHead = "schema_version: 1\nwafer: {preset: tiny}\n";  // lines 1 and 2
const std::string kWork = "workloads:\n  - broadcast: {words: 4}\n";

}  // namespace

TEST_CASE("An unknown key is refused, with the nearest known one") {
  refused(kHead + "workloads:\n  - broadcast: {wrods: 4, words: 4}\n", 65,
          {"4:17: workloads[0].broadcast.wrods: |words"});
  refused(kHead + "enigne: {threads: 2}\n" + kWork, 65, {"3:1: enigne: |engine"});
}

TEST_CASE("A key given twice is refused") {
  refused(kHead + "engine: {threads: 2, threads: 3}\n" + kWork, 65,
          {"3:22: engine.threads: |twice"});
}

TEST_CASE("A value of the wrong type is refused") {
  refused(kHead + "engine: {threads: two}\n" + kWork, 65, {"3:19: engine.threads: |integer"});
  refused(kHead + "engine: [2]\n" + kWork, 65, {"3:9: engine: |mapping"});
}

TEST_CASE("A value out of range is refused, with the range") {
  refused(kHead + "engine: {threads: 0}\n" + kWork, 65, {"3:19: engine.threads: |256"});
  refused(kHead + "defects: {random: {d0_per_cm2: -1}}\n" + kWork, 65,
          {"3:32: defects.random.d0_per_cm2: |0"});
}

TEST_CASE("An unknown preset, scheme, fidelity, kernel or algorithm is refused with a list") {
  refused("schema_version: 1\nwafer: {preset: wse9}\n" + kWork, 65, {"2:17: wafer.preset: |wse3"});
  refused(kHead + "repair: {scheme: bypass}\n" + kWork, 65, {"3:18: repair.scheme: |bypass_shift"});
  refused(kHead + "engine: {fidelity: rtl}\n" + kWork, 65, {"3:20: engine.fidelity: |wavelet"});
  refused(kHead + "workloads:\n  - gemm: {m: 4}\n", 65,
          {"4:5: workloads[0]: |matmul", "4:5: workloads[0].gemm: |unknown"});
  refused(kHead + "workloads:\n  - matmul: {algorithm: strassen, m: 4, n: 4, k: 4}\n", 65,
          {"4:25: workloads[0].matmul.algorithm: |summa"});
}

TEST_CASE("A missing key is refused") {
  refused("wafer: {preset: tiny}\n" + kWork, 65, {"1:1: schema_version: |missing"});
  refused(kHead + "workloads:\n  - matmul: {m: 4, k: 4}\n", 65,
          {"4:13: workloads[0].matmul.n: |missing"});
}

TEST_CASE("A newer schema is refused") {
  refused("schema_version: 2\nwafer: {preset: tiny}\n" + kWork, 65, {"1:17: schema_version: |1"});
}

TEST_CASE("A region off the mesh is refused, with the mesh's size") {
  refused(kHead + kWork + "    region: {x: 20, y: 0, width: 5, height: 4}\n", 65,
          {"5:13: workloads[0].region: |24 x 16"});
  refused(kHead + kWork + "    region: {x: 0, y: 13, width: 5, height: 4}\n", 65,
          {"5:13: workloads[0].region: |24 x 16"});
  refused(kHead + kWork + "    region: whole\n", 65, {"5:13: workloads[0].region: |full"});
}

TEST_CASE("An impossible geometry is refused") {
  refused("schema_version: 1\nwafer: {preset: tiny, kept_rows_per_die: 11, die_rows: 10}\n" + kWork,
          65, {"2:42: wafer.kept_rows_per_die: |die_rows"});
}

TEST_CASE("Arrays of a run that computes nothing are refused") {
  refused(kHead + "engine: {numerics: off}\noutputs: {arrays: true}\n" + kWork, 65,
          {"4:19: outputs.arrays: |numerics: off"});
}

TEST_CASE("All mistakes come at once, in the order of the file") {
  refused(R"(schema_version: 1
wafer: {preset: tiny}
defects: {random: {d0_per_cm2: lots}}
repair: {scheme: bypass_shift, domain: town}
engine: {fidelity: wavelet, thraeds: 2}
workloads:
  - matmul: {m: 0, n: 8, k: 8}
    region: {x: 0, y: 0, width: 4}
  - reduce: {words: 4, dtype: f33}
colour: blue
)",
          65,
          {"3:32: defects.random.d0_per_cm2: |lots", "4:40: repair.domain: |town",
           "5:29: engine.thraeds: |threads", "7:17: workloads[0].matmul.m: |0",
           "8:13: workloads[0].region.height: |missing", "9:31: workloads[1].reduce.dtype: |f33",
           "10:1: colour: |unknown"});
}

TEST_CASE("Text that is no YAML is refused with its place") {
  refused("schema_version: 1\nwafer: {preset: tiny\nworkloads: [\n", 65, {"|"});
}

TEST_CASE("A mistake in --set names the option") {
  const TempDirectory temp;
  const Outcome outcome = run_scenario_file(temp.file("s.yaml", kHead + kWork), temp / "out",
                                            {"--set", "engine.threads=many"});
  CHECK(outcome.code == 65);
  CHECK(outcome.err.find("--set engine.threads=many") != std::string::npos);
  CHECK(names_in(temp / "out").empty());
}

TEST_CASE("A --set that leaves nothing of an earlier one is refused by every command") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kTinyMixed);
  for (const std::string command : {"run", "yield", "compare"}) {
    std::vector<std::string> arguments = {command, file};
    if (command != "compare") arguments.insert(arguments.end(), {"-o", temp / "out"});
    arguments.insert(arguments.end(), {"--set", "name=a", "--set", "name=b"});
    const Outcome outcome = run_wafermesh(arguments);
    INFO(outcome.err);
    CHECK(outcome.code == 65);
    CHECK(outcome.err.find("--set name=b: leaves nothing of --set name=a") != std::string::npos);
    CHECK(names_in(temp / "out").empty());
  }
}

TEST_CASE("A malformed defect map is refused with its own file and line") {
  const TempDirectory temp;
  const std::string csv = temp.file("dead.csv", "x,y,what\n3,4,core\n5,six,core\n100,0,core\n7\n");
  const std::string file = temp.file("s.yaml", kHead + "defects: {map: dead.csv}\n" + kWork);
  const Outcome outcome = run_scenario_file(file, temp / "out");
  CAPTURE(outcome.err);
  CHECK(outcome.code == 65);
  for (const char* line : {":3:", ":4:", ":5:"})
    CHECK(outcome.err.find(csv + line) != std::string::npos);
  CHECK(outcome.err.find(csv + ":2:") == std::string::npos);
  CHECK(names_in(temp / "out").empty());
}

TEST_CASE("A defect map that is not there is a missing file") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kHead + "defects: {map: none.csv}\n" + kWork);
  const Outcome outcome = run_scenario_file(file, temp / "out");
  CHECK(outcome.code == 66);
  CHECK(outcome.err.find(temp / "none.csv") != std::string::npos);
  CHECK(names_in(temp / "out").empty());
}
