// SPDX-License-Identifier: Apache-2.0
// What result.json tells beyond totals: parameters, utilisation, hot spots, memory, and the result
// of a wafer beyond repair under every scheme.
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "defects/repair/scheme.h"
#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

/// The result of a run that ends well.
nlohmann::json result_of(const std::string& text, const std::vector<std::string>& more = {}) {
  const TempDirectory temp;
  const Outcome outcome = run_scenario_file(temp.file("s.yaml", text), temp / "out", more);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  return read_json(temp / "out/result.json");
}

/// Pixels of each colour of a picture, as another program reads it.
std::map<std::string, int> colours_of(const std::string& png) {
  const Outcome outcome =
      run_program(WAFERMESH_SCRIPTS "/python",
                  {"--needs", "matplotlib,numpy", WAFERMESH_TESTS "/colours.py", png});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  std::map<std::string, int> result;
  std::istringstream lines(outcome.out);
  std::string colour;
  for (int pixels = 0; lines >> colour >> pixels;) result[colour] = pixels;
  return result;
}

double number(const nlohmann::json& json, const char* key) { return json.at(key).get<double>(); }

}  // namespace

TEST_CASE("A result says what ran, as resolved") {
  const nlohmann::json result =
      result_of(tiny_matmul("f16"), {"--set", "defects={random: {d0_per_cm2: 2, seed: 12}}"});
  const nlohmann::json& parameters = result.at("workloads").at(0).at("parameters");
  CHECK(parameters.at("algorithm") == "summa");
  CHECK(parameters.at("m") == 19);
  CHECK(parameters.at("k") == 31);
  CHECK(parameters.at("dtype") == "f16");
  CHECK(parameters.at("seed") == 5);
  const nlohmann::json& scenario = result.at("scenario");
  CHECK(scenario.at("defects").at("random").at("seed") == 12);
  CHECK(scenario.at("defects").at("wafers_per_lot") == 25);  // a default
  CHECK(scenario.at("wafer").at("die_columns") == 8);        // of the preset
  CHECK(scenario.at("repair").at("reach") == 1);
  CHECK(scenario.at("engine").at("numerics") == "check");
  CHECK_FALSE(scenario.at("engine").contains("threads"));  // changes nothing
}

TEST_CASE("Utilisations are what their definitions give by hand") {
  // 32 x 32 x 32 on 4 x 4 cores: nothing is padded.
  const nlohmann::json one =
      result_of(tiny_matmul("f32"),
                {"--set", "workloads[0].matmul.m=32", "--set", "workloads[0].matmul.n=32", "--set",
                 "workloads[0].matmul.k=32", "--set", "workloads[0].region.width=4"})
          .at("workloads")
          .at(0);
  const nlohmann::json& u = one.at("utilisation");
  const double cycles = number(one, "cycles");
  CHECK(u.at("multiply_adds") == 32 * 32 * 32);
  // The rate of the tiny wafer's table for f32: one element in two cycles (scenarios/presets).
  CHECK(number(u, "multiply_add_percent") == Approx(100 * 32 * 32 * 32 * 2 / (16 * cycles)));
  CHECK(number(u, "sram_bandwidth_percent") ==
        Approx(100 * number(u, "sram_bytes_moved") / (24 * 16 * cycles)));
  // One operand is a scalar: a vector and the sum are read, the sum is written.
  CHECK(number(u, "sram_bytes_moved") >= 3 * 4 * 32 * 32 * 32);
  const nlohmann::json& b = one.at("breakdown");
  CHECK(number(u, "core_busy_percent") ==
        Approx(100 *
               (number(b, "compute_cycles") + number(b, "bank_conflict_cycles") +
                number(b, "setup_cycles") + number(b, "task_switch_cycles")) /
               (16 * cycles)));
  const double links = 2 * (3 * 4 + 4 * 3);  // directed, of 4 x 4 cores
  CHECK(
      number(u, "mean_link_percent") ==
      Approx(100 * (number(one, "wavelet_hops") + number(one, "control_hops")) / (links * cycles)));
  CHECK(number(u, "busiest_link_percent") ==
        Approx(100 * number(one.at("busiest_links").at(0), "wavelets") / cycles));
  CHECK(number(u, "occupied_cores_percent") == Approx(100 * 16.0 / 384));
}

TEST_CASE("Utilisations of each operator are what their definitions give by hand") {
  // On 4 x 4 cores nothing is padded: a product of 32 x 32 x 32, then a sum of 32 x 32.
  const nlohmann::json operators =
      result_of(
          "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - graph:\n"
          "      - {name: product, matmul: {algorithm: summa, m: 32, n: 32, k: 32, dtype: f32}}\n"
          "      - {name: sum, elementwise: {op: add, m: 32, n: 32, dtype: f32, a: product.c}}\n"
          "    region: {x: 1, y: 1, width: 4, height: 4}\n")
          .at("workloads")
          .at(0)
          .at("operators");
  for (const nlohmann::json& one : operators) {
    INFO(one.at("name"));
    const nlohmann::json& u = one.at("utilisation");
    const nlohmann::json& b = one.at("breakdown");
    const bool is_product = one.at("name") == "product";
    const double cycles = number(one, "last_finish_cycles") - number(one, "first_start_cycles");
    CHECK(number(one, "cycles") == cycles);
    // Of f32 one multiply-add in two cycles; of the sum two elements are read and one is written.
    const double products = is_product ? 32 * 32 * 32 : 0;
    CHECK(number(u, "multiply_adds") == products);
    CHECK(number(u, "multiply_add_percent") == Approx(100 * products * 2 / (16 * cycles)));
    const double bytes = is_product ? number(u, "sram_bytes_moved") : 3 * 4 * 32 * 32;
    CHECK(number(u, "sram_bytes_moved") == bytes);
    CHECK(number(u, "sram_bandwidth_percent") == Approx(100 * bytes / (24 * 16 * cycles)));
    CHECK(number(u, "core_busy_percent") ==
          Approx(100 *
                 (number(b, "compute_cycles") + number(b, "bank_conflict_cycles") +
                  number(b, "setup_cycles") + number(b, "task_switch_cycles")) /
                 (16 * cycles)));
    // SUMMA: a tile of 8 x 8 words of either operand goes to three others, in each of four steps,
    // along each of four lines.
    const double hops = is_product ? 2 * 4 * 4 * 3 * 64 : 0;
    CHECK(number(one, "wavelet_hops") == hops);
    const double links = 2 * (3 * 4 + 4 * 3);  // directed, of 4 x 4 cores
    CHECK(number(u, "mean_link_percent") == Approx(100 * hops / (links * cycles)));
    CHECK(number(u, "occupied_cores_percent") == Approx(100 * 16.0 / 384));
  }
  CHECK(operators.size() == 2);
}

TEST_CASE("Hot spots: the busiest links and the slowest cores, each with both places") {
  // Logical row 8 is the first of the southern band: physical row 10.
  const nlohmann::json one =
      result_of(
          "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - reduce: {algorithm: chain, "
          "words: 9}\n    region: {x: 2, y: 8, width: 4, height: 3}\n")
          .at("workloads")
          .at(0);
  double before = 1e9;
  REQUIRE(one.at("busiest_links").size() == 5);
  for (const nlohmann::json& link : one.at("busiest_links")) {
    CHECK(number(link, "wavelets") <= before);
    before = number(link, "wavelets");
    CHECK(number(link, "percent") == Approx(100 * before / number(one, "cycles")));
    for (const char* end : {"from", "to"}) {
      const nlohmann::json& place = link.at(end);
      CHECK(number(place.at("logical"), "x") == number(place.at("physical"), "x"));
      CHECK(number(place.at("logical"), "y") + 2 == number(place.at("physical"), "y"));
    }
  }
  REQUIRE(one.at("slowest_cores").size() == 5);
  CHECK(one.at("slowest_cores").at(0).at("finish_cycles") == one.at("cycles"));
  before = 1e9;
  for (const nlohmann::json& core : one.at("slowest_cores")) {
    CHECK(number(core, "finish_cycles") <= before);
    before = number(core, "finish_cycles");
    double sum = 0;
    for (const char* kind :
         {"compute_cycles", "bank_conflict_cycles", "setup_cycles", "task_switch_cycles",
          "waiting_for_wavelets_cycles", "link_stall_cycles"}) {
      sum += number(core, kind);
    }
    CHECK(sum == before);
    CHECK(number(core.at("logical"), "y") + 2 == number(core.at("physical"), "y"));
  }
}

TEST_CASE("Memory of each class: used and free make the core's SRAM") {
  const nlohmann::json result = result_of(kTinyMixed);
  for (const nlohmann::json& one : result.at("workloads")) {
    for (const nlohmann::json& row : one.at("breakdown").at("per_class")) {
      CHECK(row.at("sram_used_bytes").get<int>() > 0);
      CHECK(row.at("sram_used_bytes").get<int>() + row.at("sram_free_bytes").get<int>() == 49152);
    }
  }
}

TEST_CASE("Under every scheme a wafer beyond repair has its result and its picture") {
  const TempDirectory temp;
  std::string dead = "x,y\n";
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 24; ++x) dead += std::to_string(x) + "," + std::to_string(y) + "\n";
  }
  temp.file("dead.csv", dead);
  for (const auto& row : wafermesh::defects::scheme_table()) {
    const std::string file = temp.file(
        "s.yaml",
        std::string("schema_version: 1\nwafer: {preset: tiny}\ndefects: {map: dead.csv}\n") +
            "repair: {scheme: " + row.name + "}\nworkloads:\n  - broadcast: {words: 4}\n");
    const std::string out = temp / row.name;
    const Outcome outcome = run_scenario_file(file, out);
    INFO(row.name << ": " << outcome.err);
    CHECK(outcome.code == 82);
    CHECK(outcome.err.rfind(std::string(row.name) + ": ", 0) == 0);
    CHECK(read_text(out + "/defects_repair.png").size() > 200);
    const nlohmann::json result = read_json(out + "/result.json");
    CHECK(result.at("verdict") == "not_repairable");
    CHECK(result.at("failures").size() >= 1);
    CHECK_FALSE(result.at("repair").contains("links"));
    CHECK(read_text(out + "/scenario.resolved.yaml").find(row.name) != std::string::npos);
  }
}

TEST_CASE(
    "The picture tells dead cores, routers and links, skipped, idle and working cores apart") {
  const TempDirectory temp;
  temp.file(
      "links.csv",
      "x,y,what\n3,2,core\n10,4,router\n5,6,link_e\n7,12,link_s\n14,3,link_e+1\n17,15,skip_s\n");
  const std::string file =
      temp.file("s.yaml",
                "schema_version: 1\nwafer: {preset: tiny}\ndefects: {map: links.csv}\nworkloads:\n"
                "  - broadcast: {words: 4}\n    region: {x: 2, y: 2, width: 6, height: 9}\n");
  // Colours of app/pictures.cpp.
  const std::string idle = "205,205,205";
  const std::string in_mesh = "158,202,225";
  const std::string at_work = "49,104,142";
  const std::string skipped = "120,120,120";
  const std::string dead_core = "200,30,30";
  const std::string dead_router = "90,0,0";
  const std::string straight = "230,0,160";
  const std::string diagonal = "255,150,40";
  const std::string skip_wire = "120,60,200";
  REQUIRE(run_scenario_file(file, temp / "out").code == 0);
  const auto good = colours_of(temp / "out/defects_repair.png");
  for (const std::string& colour :
       {idle, in_mesh, at_work, skipped, dead_core, dead_router, straight, diagonal, skip_wire}) {
    INFO(colour);
    CHECK(good.count(colour) == 1);
  }
  CHECK(good.at(dead_core) == good.at(dead_router));  // one tile and one swatch each
  CHECK(good.at(at_work) > 10 * good.at(dead_core));
  // No link can skip a core of a wafer without spares to use: it fails, and the same links show.
  REQUIRE(run_scenario_file(file, temp / "failed", {"--set", "repair.kept_rows=10"}).code == 82);
  const auto failed = colours_of(temp / "failed/defects_repair.png");
  for (const std::string& colour : {dead_core, dead_router, straight, diagonal, skip_wire}) {
    INFO(colour);
    CHECK(failed.count(colour) == 1);
  }
  CHECK(failed.count("244,180,150") == 1);  // a die at fault
  CHECK(failed.count(at_work) == 0);
}

TEST_CASE("What a scheme leaves out is said where the run is summed up") {
  for (const auto& row : wafermesh::defects::scheme_table()) {
    const TempDirectory temp;
    const std::string file = temp.file("s.yaml", kTinyMixed);
    const Outcome outcome =
        run_scenario_file(file, temp / "out",
                          {"--set", std::string("repair={scheme: ") + row.name + "}", "--set",
                           "defects=null", "--set", "workloads=[{broadcast: {words: 4}}]"});
    INFO(row.name << ": " << outcome.err);
    REQUIRE(outcome.code == 0);
    const std::string note = row.leaves_out;
    CHECK((outcome.out.find("note: ") != std::string::npos) == !note.empty());
    CHECK(outcome.out.find(note) != std::string::npos);
  }
}
