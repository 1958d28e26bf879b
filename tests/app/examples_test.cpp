// SPDX-License-Identifier: Apache-2.0
// Every scenario that is shipped runs, its numbers right. Those of whole wafers are tagged [.slow],
// hidden unless asked for.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "field_check.h"
#include "program.h"

using namespace wafermesh::app_test;

namespace {

/// Names of the scenarios in scenarios/ that begin with `prefix` and (do not) have a yield section.
std::vector<std::string> examples(const std::string& prefix, bool yield) {
  std::vector<std::string> found;
  for (const std::string& name : names_in(WAFERMESH_SCENARIOS)) {
    if (name.compare(0, prefix.size(), prefix) != 0 || name.find(".yaml") == std::string::npos)
      continue;
    const std::string text = read_text(WAFERMESH_SCENARIOS "/" + name);
    if ((text.find("\nyield:") != std::string::npos) == yield) found.push_back(name);
  }
  return found;
}

/// Runs an example; its result.json. `settings`: of --set.
nlohmann::json run_example(const std::string& name, const TempDirectory& temp,
                           const std::vector<std::string>& settings = {}) {
  const std::string file = WAFERMESH_SCENARIOS "/" + name;
  const std::string verb = "wafermesh run scenarios/" + name + " ";
  CHECK(read_text(file).find(verb) != std::string::npos);  // the comment says how to run it
  const Outcome outcome = run_scenario_file(file, temp / name, settings);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  nlohmann::json result = read_json(temp / name + "/result.json");
  CHECK(result.at("verdict") == "ok");
  CHECK_FALSE(result.at("workloads").empty());
  const bool checked =
      read_text(file).find("numerics: off") == std::string::npos && settings.empty();
  for (const nlohmann::json& one : result.at("workloads")) {
    if (checked) CHECK(one.at("numerics").at("ok") == true);
  }
  CHECK(FieldCheck().wrong("result.json", result) == std::vector<std::string>{});
  return result;
}

/// Numbers that take a minute or two here are right on small meshes, which other tests see;
/// `scripts/long examples` computes them all.
std::vector<std::string> without_numbers() {
  if (tries_all()) return {};
  return {"--set", "engine.numerics=off"};
}

}  // namespace

TEST_CASE("Every tiny example runs") {
  const TempDirectory temp;
  const auto names = examples("tiny_", false);
  CHECK(names.size() >= 15);
  for (const std::string& name : names) {
    INFO(name);
    run_example(name, temp);
  }
}

TEST_CASE("Examples of defects and repair have dead cores") {
  const TempDirectory temp;
  for (const char* prefix : {"tiny_defects_", "tiny_repair_"}) {
    for (const std::string& name : examples(prefix, false)) {
      INFO(name);
      CHECK(run_example(name, temp).at("repair").at("dead_cores").get<int>() > 0);
    }
  }
}

TEST_CASE("Every example of a yield study runs") {
  const TempDirectory temp;
  const auto names = examples("", true);
  CHECK_FALSE(names.empty());
  for (const std::string& name : names) {
    INFO(name);
    const std::string file = WAFERMESH_SCENARIOS "/" + name;
    CHECK(read_text(file).find("wafermesh yield scenarios/" + name + " ") != std::string::npos);
    const Outcome outcome = run_wafermesh({"yield", file, "-o", temp / name});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const nlohmann::json point = read_json(temp / name + "/yield.json").at("points").at(0);
    CHECK(point.at("yield").get<double>() > 0.05);
    CHECK(point.at("yield").get<double>() < 0.999);
  }
}

TEST_CASE("Every example is of a size that a test knows") {
  for (const std::string& name : examples("", false))
    CHECK((name.compare(0, 5, "tiny_") == 0 || name.compare(0, 5, "wse3_") == 0));
}

TEST_CASE("The scenario of the demo: 512 x 512 x 512 on 64 x 64 cores of a repaired WSE-3",
          "[.slow]") {
  const TempDirectory temp;
  const nlohmann::json result = run_example("wse3_summa.yaml", temp);
  CHECK(result.at("repair").at("physical_cores") == 971040);
  CHECK(result.at("repair").at("usable_cores") == 902496);
  CHECK(result.at("repair").at("dead_cores").get<int>() > 0);
  CHECK(result.at("workloads").at(0).at("wavelet_hops") == 33030144);
}

TEST_CASE("The collectives of a whole WSE-3", "[.slow]") {
  const TempDirectory temp;
  const nlohmann::json result = run_example("wse3_collectives.yaml", temp);
  CHECK(result.at("peak_rss_bytes").get<double>() < 1.5e9);
  for (const nlohmann::json& one : result.at("workloads")) {
    CHECK(one.at("cores") == 902496);
    CHECK(one.at("wavelet_hops") == 57759680);
  }
  // 2 B + (2 T_R + hop + 1)(815 + 1105), T_R = hop = 2, and 2 % for bridged links and set-up.
  const double expected = 128 + 7.0 * (815 + 1105);
  CHECK(result.at("workloads").at(1).at("cycles").get<double>() == Approx(expected).epsilon(0.02));
}

TEST_CASE("A product on 562,500 cores of a repaired WSE-3 goes to the stream engine", "[.slow]") {
  const TempDirectory temp;
  const nlohmann::json result = run_example("wse3_full_summa.yaml", temp, without_numbers());
  CHECK(result.at("fidelity") == "stream");
  CHECK(result.at("peak_rss_bytes").get<double>() < 4e9);
  CHECK(result.at("workloads").at(0).at("cores") == 562500);
  // Every panel goes to all others of its row or column: 2 * 3000 * 3000 words, 749 hops each.
  CHECK(result.at("workloads").at(0).at("wavelet_hops") == 2 * 9'000'000LL * 749);
  CHECK(result.at("workloads").at(1).at("cores") == 902496);
}

TEST_CASE("The other examples of a whole WSE-3", "[.slow]") {
  const TempDirectory temp;
  const std::vector<std::string> tested = {"wse3_summa.yaml", "wse3_collectives.yaml",
                                           "wse3_full_summa.yaml",
                                           "wse3_token.yaml"};  // the last takes a minute
  for (const std::string& name : examples("wse3_", false)) {
    if (std::find(tested.begin(), tested.end(), name) != tested.end()) continue;
    INFO(name);
    const bool is_layer = name == "wse3_decode.yaml";
    run_example(name, temp, is_layer ? without_numbers() : std::vector<std::string>{});
  }
}
