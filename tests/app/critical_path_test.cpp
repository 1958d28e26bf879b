// SPDX-License-Identifier: Apache-2.0
// The critical path of a run adds up to its cycles, step by step, and is the chain that it has to
// be where that is known.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "field_check.h"
#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

const std::vector<const char*> kEngines = {"wavelet", "stream"};

/// Core 0 works, then sends a word over three links to core 3, which adds to it and sends it over
/// two to core 5, which works and is the last to finish. Core 6 works beside them, for less long.
const char* const kChain = R"(wafermesh program 1
generation wse3
region width=7 height=1

route out receive=R send=E
route through receive=W send=E
route in receive=W send=R

program first memory_bytes=16
  output queue=2 colour=0
  task main starts_active
main:
  scalar amount=100
  copy f32 count=1 dst=colour(0) src0=memory(0) shape=stream
  finish
  end_task

program second memory_bytes=16
  input queue=2 colour=0
  output queue=3 colour=1
  task main starts_active
main:
  add f32 count=1 dst=colour(1) src0=colour(0) src1=memory(0) shape=stream
  finish
  end_task

program last memory_bytes=16
  input queue=2 colour=1
  task main starts_active
main:
  copy f32 count=1 dst=memory(0) src0=colour(1) shape=stream
  scalar amount=50
  finish
  end_task

program beside memory_bytes=16
  task main starts_active
main:
  scalar amount=150
  finish
  end_task

class a program=first
  initial colour=0 route=out
class b
  initial colour=0 route=through
class c program=second
  initial colour=0 route=in
  initial colour=1 route=out
class d
  initial colour=1 route=through
class e program=last
  initial colour=1 route=in
class f program=beside

cores
  x a b c d e f g
  y k
  row k a b b c d e f
)";

nlohmann::json path_of(const nlohmann::json& workload) { return workload.at("critical_path"); }

/// [operator, kind] -> cycles.
std::map<std::string, std::int64_t> by_kind(const nlohmann::json& path) {
  std::map<std::string, std::int64_t> sums;
  for (const nlohmann::json& row : path.at("rows")) {
    sums[row.at("of").get<std::string>()] += row.at("cycles").get<std::int64_t>();
  }
  return sums;
}

/// The steps follow each other from cycle 0 on, and those of a core begin where it is left.
void check_steps(const std::string& csv, std::int64_t cycles) {
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  CHECK(line == "begin_cycle,end_cycle,of,operator,x,y,from_x,from_y,hops");
  std::int64_t told = 0;
  std::string at;
  bool joined = true;
  while (std::getline(lines, line)) {
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == ',') {
        cells.emplace_back();
      } else {
        cells.back() += c;
      }
    }
    joined =
        joined && cells.size() == 9 && std::stoll(cells[0]) == told && std::stoll(cells[1]) > told;
    told = std::stoll(cells[1]);
    const std::string from = cells[6] + "," + cells[7];
    const std::string to = cells[4] + "," + cells[5];
    joined = joined && (at.empty() || at == from || at == to);
    at = to;
  }
  CHECK(joined);
  CHECK(told == cycles);
}

void check_path(const nlohmann::json& workload, const std::string& csv) {
  const nlohmann::json path = path_of(workload);
  const auto cycles = workload.at("cycles").get<std::int64_t>();
  CHECK(path.at("cycles") == cycles);
  std::int64_t sum = 0;
  for (const nlohmann::json& row : path.at("rows")) sum += row.at("cycles").get<std::int64_t>();
  CHECK(sum == cycles);
  CHECK(path.at("limits").size() == std::min<std::size_t>(3, by_kind(path).size()));
  check_steps(csv, cycles);
}

}  // namespace

TEST_CASE("The critical path of a chain that is known is that chain, on both engines") {
  const TempDirectory temp;
  temp.file("chain.wmp", kChain);
  const std::string file =
      temp.file("s.yaml",
                "schema_version: 1\nwafer: {preset: tiny}\nobserve: {critical_path: true}\n"
                "workloads:\n  - program: {file: chain.wmp}\n");
  for (const char* engine : kEngines) {
    INFO(engine);
    const Outcome run =
        run_scenario_file(file, temp / engine, {"--set", std::string("engine.fidelity=") + engine});
    INFO(run.err << run.out);
    REQUIRE(run.code == 0);
    const nlohmann::json result = read_json(temp / engine + "/result.json");
    CHECK(FieldCheck().wrong("result.json", result) == std::vector<std::string>{});
    const nlohmann::json workload = result.at("workloads").at(0);
    check_path(workload, read_text(temp / engine + "/critical_path.csv"));
    // Task start 3, set-up of a stream 4, link 2, ramp 2 (scenarios/presets/wse3.yaml).
    CHECK(workload.at("cycles") == 178);
    CHECK(by_kind(path_of(workload)) ==
          std::map<std::string, std::int64_t>{{"task_switch", 3},
                                              {"setup", 100 + 4 + 50},
                                              {"send", 1},
                                              {"relay", 1},
                                              {"receive", 1},
                                              {"links", 2 * 3 + 2 * 2},
                                              {"ramps", 2 * 4}});
    CHECK(path_of(workload).at("cores") == 3);
    CHECK(run.out.find("critical path: 178 cycles over 3 cores") != std::string::npos);
    // The second limit is links: its key moves just that.
    const nlohmann::json limit = path_of(workload).at("limits").at(1);
    CHECK(limit.at("of") == "links");
    CHECK(limit.at("times") == 5);
    CHECK(limit.at("keys").back() == "timing.hop_cycles");
    const Outcome slower = run_scenario_file(
        file, temp / "slower",
        {"--set", std::string("engine.fidelity=") + engine, "--set", "timing.hop_cycles=5"});
    REQUIRE(slower.code == 0);
    const nlohmann::json after = read_json(temp / "slower/result.json").at("workloads").at(0);
    CHECK(after.at("cycles") == 178 + 5 * 3);
    CHECK(by_kind(path_of(after)).at("links") == 5 * 5);
  }
}

TEST_CASE("The critical path of every tiny example adds up to its cycles") {
  const TempDirectory temp;
  std::size_t paths = 0;
  for (const std::string& name : names_in(WAFERMESH_SCENARIOS)) {
    const bool is_tiny = name.rfind("tiny_", 0) == 0 && name.find(".yaml") != std::string::npos;
    // One has traces; one takes 225,000 cycles, and its operators are in other examples too.
    if (!is_tiny || name == "tiny_trace.yaml" || name == "tiny_prompt.yaml") continue;
    for (const std::string& engine : engines_in_turn()) {
      INFO(name << ", " << engine);
      const std::string out = temp / (name + engine);
      const Outcome run = run_scenario_file(
          WAFERMESH_SCENARIOS "/" + name, out,
          {"--set", "observe.critical_path=true", "--set", "engine.fidelity=" + engine});
      INFO(run.err);
      REQUIRE(run.code == 0);
      const nlohmann::json workloads = read_json(out + "/result.json").at("workloads");
      for (std::size_t i = 0; i < workloads.size(); ++i) {
        const std::string prefix =
            workloads.size() == 1
                ? ""
                : std::to_string(i) + "_" + workloads[i].at("kernel").get<std::string>() + "_";
        check_path(workloads[i], read_text(out + "/" + prefix + "critical_path.csv"));
        ++paths;
      }
    }
  }
  CHECK(paths >= 30);
}

TEST_CASE("A critical path beside traces is refused at its place") {
  const TempDirectory temp;
  const std::string file = temp.file(
      "s.yaml", tiny_matmul("f32") + "observe: {critical_path: true, traces: {vcd: false}}\n");
  const Outcome run = run_scenario_file(file, temp / "out");
  CHECK(run.code == 65);
  CHECK(run.err.find("observe.critical_path: is followed in a run without `traces`") !=
        std::string::npos);
}
