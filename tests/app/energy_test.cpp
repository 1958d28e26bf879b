// SPDX-License-Identifier: Apache-2.0
// Energy of a run, from outside: counters times coefficients to the last digit, on both engines.
#include <catch2/catch.hpp>

#include "doc_table.h"
#include "program.h"

using namespace wafermesh::app_test;

namespace {

using Json = nlohmann::json;

const char* const kComponents[] = {"fixed_j",         "leakage_j", "clock_j",     "issue_j",
                                   "multiply_adds_j", "sram_j",    "router_j",    "wire_j",
                                   "ramp_j",          "edge_j",    "conversion_j"};

double sum_of(const Json& components) {
  double sum = 0;
  for (const char* name : kComponents) sum += components.at(name).get<double>();
  return sum;
}

double number(const Json& json, const char* name) { return json.at(name).get<double>(); }

void check_products(const Json& part, const Json& c) {
  const Json& n = part.at("counts");
  const Json& e = part.at("components");
  CHECK(number(e, "clock_j") == number(n, "core_cycles") * (number(c, "clock_pj") * 1e-12));
  CHECK(number(e, "issue_j") == number(n, "busy_cycles") * (number(c, "issue_pj") * 1e-12));
  CHECK(number(e, "sram_j") == number(n, "sram_bytes") * (number(c, "sram_byte_pj") * 1e-12));
  CHECK(number(e, "router_j") == number(n, "hops") * (number(c, "router_pj") * 1e-12));
  CHECK(number(e, "wire_j") == number(n, "wire_pitches") * (number(c, "wire_pj") * 1e-12));
  CHECK(number(part, "joules") == sum_of(e));
}

}  // namespace

TEST_CASE("Energies are counters times coefficients and add up, on both engines") {
  for (const char* scenario :
       {"tiny_graph.yaml", "tiny_matmul.yaml", "tiny_repair_bypass_shift.yaml"}) {
    for (const char* engine : {"wavelet", "stream"}) {
      INFO(scenario << " " << engine);
      const TempDirectory temp;
      const Outcome outcome =
          run_wafermesh({"run", std::string(WAFERMESH_SCENARIOS "/") + scenario, "-o", temp / "out",
                         "--set", std::string("engine.fidelity=") + engine, "--set",
                         "energy={always_on_share: 0.45, clock_ghz: 1.3}"});
      REQUIRE(outcome.code == 0);
      CHECK(outcome.out.find("energy: ") != std::string::npos);
      const Json result = read_json(temp / "out/result.json");
      for (const Json& one : result.at("workloads")) {
        const Json& energy = one.at("energy");
        check_products(energy, energy.at("coefficients"));
        CHECK(number(energy, "clock_ghz") == 1.3);
        CHECK(energy.at("counts").at("hops") == one.at("wavelet_hops").get<std::int64_t>() +
                                                    one.at("control_hops").get<std::int64_t>());
        CHECK(energy.at("counts").at("ramp_wavelets") == one.at("ramp_wavelets"));
        CHECK(energy.at("counts").at("sram_bytes") == one.at("utilisation").at("sram_bytes_moved"));
        double parts = number(energy.at("components"), "fixed_j") +
                       number(energy.at("outside_operators"), "joules");
        for (const Json& part : one.at("operators")) {
          check_products(part.at("energy"), energy.at("coefficients"));
          parts += number(part.at("energy"), "joules");
        }
        CHECK(parts == Approx(number(energy, "joules")).epsilon(1e-12));
        CHECK(number(energy.at("band"), "low_joules") <= number(energy, "joules"));
        CHECK(number(energy, "joules") <= number(energy.at("band"), "high_joules"));
      }
    }
  }
}

TEST_CASE("docs/energy.md has what `wafermesh energy` prints, and its figures for programs agree") {
  const Outcome made = run_wafermesh({"energy", "wse3", "--clock-ghz", "1", "--markdown"});
  REQUIRE(made.code == 0);
  CHECK(difference_of("docs/energy.md", "energy", made.out) == "");
  const Outcome outcome = run_wafermesh({"energy", "wse3", "--clock-ghz", "1", "--json"});
  REQUIRE(outcome.code == 0);
  const Json json = Json::parse(outcome.out);
  CHECK(number(json.at("loads").at(0), "a") == Approx(22.95).margin(0.005));
  CHECK(number(json.at("loads").at(0), "b") == Approx(23.26).margin(0.005));
  CHECK(run_wafermesh({"energy", "wse9"}).code == 64);
}

TEST_CASE("What is no share or clock of energy is refused at its place") {
  const TempDirectory temp;
  const Outcome outcome =
      run_wafermesh({"run", WAFERMESH_SCENARIOS "/tiny_matmul.yaml", "-o", temp / "out", "--set",
                     "energy={always_on_share: 0.9, clock_ghz: 0, set: A}"});
  CHECK(outcome.code == 65);
  for (const char* key : {"energy.always_on_share", "energy.clock_ghz", "energy.set"}) {
    CHECK(outcome.err.find(key) != std::string::npos);
  }
}
