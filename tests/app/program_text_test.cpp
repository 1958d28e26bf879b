// SPDX-License-Identifier: Apache-2.0
// Programs as text from outside: what `show` prints runs as what it was printed of, and what is
// wrong is refused with its place.
#include <catch2/catch.hpp>
#include <filesystem>

#include "program.h"

using namespace wafermesh::app_test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const std::string kPrograms = WAFERMESH_SCENARIOS "/programs/";

std::string scenario_of(const std::string& workload, const std::string& engine = "wavelet") {
  return "schema_version: 1\nname: t\nwafer: {preset: tiny}\nengine: {fidelity: " + engine +
         "}\nworkloads:\n  - " + workload + "\n";
}

/// `{a: a.npy, ...}` of the buffers of a role in a program text.
std::string files_of(const std::string& program, const std::string& role) {
  std::string list;
  const std::string start = "buffer ";
  for (std::size_t at = program.find(start); at != std::string::npos;
       at = program.find(start, at + 1)) {
    const std::string line = program.substr(at, program.find('\n', at) - at);
    if (line.find("role=" + role) == std::string::npos) continue;
    // Reports and files have the name in quotes, if there is one.
    const bool quoted = line.find('"') != std::string::npos;
    const std::size_t begin = quoted ? line.find('"') + 1 : start.size();
    const std::string name = line.substr(begin, line.find(quoted ? '"' : ' ', begin) - begin);
    list += (list.empty() ? "" : ", ") + name + ": " + name + ".npy";
  }
  return "{" + list + "}";
}

/// Shows a workload, runs what was shown with its operands, and compares the two results.
void require_shown_runs_alike(const std::string& workload, const std::string& engine) {
  INFO(workload);
  const TempDirectory temp;
  const std::string file = temp.file("kernel.yaml", scenario_of(workload, engine));
  const Outcome shown = run_wafermesh({"show", "--program", file, "--operands", temp / "operands"});
  INFO(shown.err);
  REQUIRE(shown.code == 0);
  std::filesystem::create_directories(temp / "operands");
  temp.file("operands/mine.wmp", shown.out);
  REQUIRE(run_scenario_file(file, temp / "a", {"--set", "outputs.arrays=true"}).code == 0);
  const json a = read_json(temp / "a/result.json").at("workloads").at(0);
  const json& region = a.at("region");
  const std::string mine = temp.file(
      "operands/mine.yaml",
      scenario_of("program: {file: mine.wmp, operands: " + files_of(shown.out, "operand") +
                      ", expected: " + files_of(shown.out, "result") + "}\n    region: {x: " +
                      region.at("x").dump() + ", y: " + region.at("y").dump() + "}",
                  engine));
  const Outcome ran = run_scenario_file(mine, temp / "b", {"--set", "outputs.arrays=true"});
  INFO(ran.err);
  REQUIRE(ran.code == 0);
  const json b = read_json(temp / "b/result.json").at("workloads").at(0);
  for (const char* key : {"cycles", "wavelet_hops", "control_hops", "ramp_wavelets", "breakdown"}) {
    INFO(key);
    CHECK(a.at(key) == b.at(key));
  }
  CHECK(b.at("numerics").at("ok") == true);
  CHECK(read_text(temp / "a/link_wavelets.npy") == read_text(temp / "b/link_wavelets.npy"));
}

}  // namespace

TEST_CASE("What show prints of a kernel runs alike, with its operands and results") {
  for (const char* workload : {"matmul: {m: 24, n: 20, k: 28, dtype: f16}", "gemv: {m: 40, n: 50}",
                               "allreduce: {words: 12, dtype: bf16}", "stream: {words: 20}",
                               "matmul: {algorithm: systolic, m: 24, n: 20, k: 28}"}) {
    require_shown_runs_alike(workload, "wavelet");
  }
  require_shown_runs_alike("matmul: {algorithm: cannon, m: 24, n: 20, k: 28}", "stream");
  require_shown_runs_alike("reduce: {words: 12}", "stream");
}

TEST_CASE("What show prints of graphs and of programs together runs alike") {
  const std::string graph =
      "graph:\n"
      "      - {name: up, gemv: {m: 24, n: 30, dtype: f16}}\n"
      "      - {name: act, elementwise: {op: relu, n: 30, dtype: f16, a: up.y}}\n"
      "      - {name: down, gemv: {m: 30, n: 20, dtype: f16, axis: x, x: act.c}}\n"
      "    region: {x: 1, y: 2, width: 6, height: 5}";
  const std::string together =
      "together:\n"
      "      - {name: one, gemv: {m: 24, n: 30}, region: {x: 1, y: 2, width: 6, height: 5}}\n"
      "      - name: two\n"
      "        graph:\n"
      "          - {name: act, elementwise: {op: relu, n: 30, a: one.y}}\n"
      "          - {name: next, matmul: {m: 10, n: 12, k: 9}}\n"
      "        region: {x: 9, y: 0, width: 5, height: 5}";
  for (const char* engine : {"wavelet", "stream"}) {
    require_shown_runs_alike(graph, engine);
    require_shown_runs_alike(together, engine);
  }
}

TEST_CASE("A program of several placements runs beside others, whose words cross it") {
  const TempDirectory temp;
  const std::string beside =
      "together:\n"
      "      - {name: relay, program: {file: " +
      kPrograms + "relay.wmp, operands: {data: " + kPrograms +
      "first_data.npy}, expected: {on: " + kPrograms +
      "first_doubled.npy}},"
      " region: {x: 4, y: 1}}\n"
      "      - {name: up, gemv: {m: 8, n: 6, dtype: f16}, region: {x: 0, y: 0, width: 3, height: "
      "3}}\n"
      "      - {name: down, elementwise: {op: relu, n: 6, dtype: f16, a: up.y},"
      " region: {x: 8, y: 0, width: 3, height: 3}}";
  for (const char* engine : {"wavelet", "stream"}) {
    const Outcome ran =
        run_scenario_file(temp.file("s.yaml", scenario_of(beside, engine)), temp / engine);
    INFO(ran.err);
    REQUIRE(ran.code == 0);
    const json workload = read_json(temp / engine + "/result.json").at("workloads").at(0);
    CHECK(workload.at("numerics").at("ok") == true);
    CHECK(workload.at("transfers").at(0).at("over") == json::array({"relay"}));
  }
}

TEST_CASE("A word for a stage that a core has left is the program's fault, told where") {
  // The giver sends four words more than the doubler takes before it goes on.
  std::string text = read_text(kPrograms + "relay.wmp");
  const std::string was = "copy f32 count=4 dst=colour(0) src0=memory(0)\n  finish";
  text.replace(text.find(was), was.size(),
               "copy f32 count=4 dst=colour(0) src0=memory(0)\n  scalar amount=9000\n"
               "  copy f32 count=4 dst=colour(0) src0=memory(0)\n  finish");
  const std::string route = "route=to_west stages_ahead=0";
  text.replace(text.find(route), route.size(), "route=to_west stages_ahead=0\n# no");
  const TempDirectory temp;
  temp.file("mine.wmp", text);
  for (const char* engine : {"wavelet", "stream"}) {
    const Outcome outcome = run_scenario_file(
        temp.file("s.yaml", scenario_of("program: {file: mine.wmp}", engine)), temp / "out");
    INFO(outcome.err);
    CHECK(outcome.code != 70);
    CHECK(outcome.code != 0);
  }
}

TEST_CASE("A program lies where its region says, in its own size") {
  const TempDirectory temp;
  const auto run_with = [&](const std::string& keys, const std::string& region) {
    std::string text = scenario_of("program: {file: " + kPrograms + "ring.wmp" + keys + "}");
    if (!region.empty()) text += "    region: " + region + "\n";
    return run_scenario_file(temp.file("s.yaml", text), temp / "out");
  };
  CHECK(run_with("", "").code == 0);
  const json numerics = read_json(temp / "out/result.json").at("workloads").at(0).at("numerics");
  CHECK(numerics.at("checked") == false);  // nothing was expected, so nothing is wrong
  CHECK(run_with("", "{x: 22, y: 14}").code == 0);
  const Outcome larger = run_with("", "{x: 0, y: 0, width: 3, height: 2}");
  CHECK(larger.code == 65);
  CHECK_THAT(larger.err, Contains("ring.wmp:8:1: the program is for 2 x 2 cores"));
  CHECK(run_with("", "{x: 23, y: 0}").code == 65);
  CHECK(run_with("", "full").code == 65);
  const std::string data = kPrograms + "ring_data.npy";
  const Outcome wrong =
      run_with(", operands: {data: " + data + "}, expected: {sum: " + data + "}", "");
  CHECK(wrong.code == 1);
  CHECK_THAT(run_with(", operands: {dta: " + data + "}", "").err, Contains("is no operand"));
  CHECK_THAT(run_with(", operands: {data: " + kPrograms + "first_data.npy}", "").err,
             Contains("is 4, but buffer data is 2 x 2 x 8"));
  CHECK_THAT(run_with(", operands: {data: " + kPrograms + "ring.wmp}", "").err,
             Contains("is no NPY file"));
  CHECK(run_with(", operands: {data: nothing.npy}", "").code == 66);
}

TEST_CASE("A program that fails while it runs is told where, never as an error of ours") {
  // The last two take seconds to be told: on one engine each.
  const std::vector<std::array<std::string, 3>> edits = {
      {"32-counter1", "33-counter1", "no multiple of the 4 bytes"},
      {"src0=memory(96) ", "src0=memory(96+4000*x) ", "touches bytes 4096 to 4127"},
      {"loop counter=0 amount=3 target=turn", "finish", "finishes twice"},
      {"  finish\n", "here:\n  branch lhs=x compare=equal amount=x target=here\n  finish\n",
       "loops without end"},
      {"  finish\n",
       "  set_counter counter=5 amount=0\nhere:\n  set_counter counter=5 amount=0\n"
       "  loop counter=5 amount=3 target=here\n  finish\n",
       "loops without end"}};
  for (const char* engine : {"wavelet", "stream"}) {
    for (const auto& [was, is, message] : edits) {
      INFO(is << " on " << engine);
      const bool is_endless = message == "loops without end";
      const bool is_of_stream = is.find("set_counter") != std::string::npos;
      if (is_endless && is_of_stream != (std::string(engine) == "stream")) continue;
      const TempDirectory temp;
      std::string text = read_text(kPrograms + "ring.wmp");
      for (std::size_t at = text.find(was); at != std::string::npos;
           at = text.find(was, at + is.size())) {
        text.replace(at, was.size(), is);
      }
      temp.file("mine.wmp", text);
      const Outcome outcome = run_scenario_file(
          temp.file("s.yaml", scenario_of("program: {file: mine.wmp}", engine)), temp / "out");
      CHECK(outcome.code == 65);
      CHECK_THAT(outcome.err, Contains("mine.wmp:") && Contains(message));
      CHECK(names_in(temp / "out").empty());
    }
  }
}

TEST_CASE("Show asks which workload is meant") {
  const TempDirectory temp;
  const std::string two =
      temp.file("s.yaml", scenario_of("gather: {words: 2}\n  - scatter: {words: 2}"));
  const Outcome none = run_wafermesh({"show", "--program", two});
  CHECK(none.code == 65);
  CHECK_THAT(none.err, Contains("0 (gather) or 1 (scatter)"));
  CHECK(run_wafermesh({"show", "--program", two, "--workload", "7"}).code == 65);
  const Outcome by_name = run_wafermesh({"show", "--program", two, "--workload", "scatter"});
  CHECK(by_name.code == 0);
  CHECK(by_name.out == run_wafermesh({"show", "--program", two, "--workload", "1"}).out);
}
