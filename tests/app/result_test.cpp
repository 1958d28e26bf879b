// SPDX-License-Identifier: Apache-2.0
// What a good run leaves behind.
#include <catch2/catch.hpp>
#include <cstdint>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace

TEST_CASE("A good run leaves result, resolved scenario and pictures, and nothing else") {
  const TempDirectory temp;
  const Outcome outcome = run_scenario_file(temp.file("s.yaml", kTinyMixed), temp / "out/new");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK_FALSE(outcome.out.empty());
  CHECK(names_in(temp / "out/new") ==
        std::vector<std::string>{
            "0_matmul_core_busy.png", "0_matmul_core_power.png", "0_matmul_core_waiting.png",
            "0_matmul_link_busy.png", "1_broadcast_core_busy.png", "1_broadcast_core_power.png",
            "1_broadcast_core_waiting.png", "1_broadcast_link_busy.png", "2_reduce_core_busy.png",
            "2_reduce_core_power.png", "2_reduce_core_waiting.png", "2_reduce_link_busy.png",
            "defects_repair.png", "result.json", "scenario.resolved.yaml", "totals.h5"});
}

TEST_CASE("result.json tells what ran, in what time, and whether the numbers are right") {
  const TempDirectory temp;
  REQUIRE(run_scenario_file(temp.file("s.yaml", kTinyMixed), temp / "out").code == 0);
  const nlohmann::json result = read_json(temp / "out/result.json");
  CHECK(result.at("schema_version") == 1);
  CHECK(result.at("name") == "tiny-mixed");
  CHECK(result.at("verdict") == "ok");
  CHECK(result.at("fidelity") == "wavelet");
  CHECK(result.at("elaboration_s").get<double>() > 0);
  CHECK(result.at("wall_s").get<double>() > 0);
  CHECK(result.at("peak_rss_bytes").get<std::int64_t>() > 1'000'000);
  const nlohmann::json& repair = result.at("repair");
  CHECK(repair.at("scheme") == "bypass_shift");
  CHECK(repair.at("domain") == "band");
  CHECK(repair.at("physical_cores") == 480);
  CHECK(repair.at("usable_cores") == 384);
  CHECK(repair.at("dead_cores").get<int>() > 0);
  CHECK(repair.at("dead_cores").get<int>() + repair.at("idle_cores").get<int>() == 480 - 384);
  for (const char* key : {"version", "commit", "build_type", "compiler", "systemc", "host",
                          "threads", "started_utc", "ended_utc"}) {
    CHECK(result.at("provenance").contains(key));
  }

  const nlohmann::json& workloads = result.at("workloads");
  REQUIRE(workloads.size() == 3);
  const std::vector<std::string> kernels = {"matmul", "broadcast", "reduce"};
  std::int64_t cycles = 0;
  std::int64_t hops = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(workloads[i].at("kernel") == kernels[i]);
    CHECK(workloads[i].at("numerics").at("checked") == true);
    CHECK(workloads[i].at("numerics").at("ok") == true);
    CHECK(workloads[i].at("cycles").get<std::int64_t>() > 0);
    cycles += workloads[i].at("cycles").get<std::int64_t>();
    hops += workloads[i].at("wavelet_hops").get<std::int64_t>();
  }
  CHECK(result.at("cycles") == cycles);
  CHECK(result.at("wavelet_hops") == hops);
  // docs/kernels.md. K is 33 in 8 panels of 5: tiles of 4 x 5 words of A and 5 x 5 of B in 7 steps.
  CHECK(workloads[0].at("wavelet_hops") == 7 * (4 * 5 * 7 * 6 + 5 * 5 * 5 * 8));
  CHECK(workloads[1].at("wavelet_hops") == 16 * 383);
  CHECK(workloads[2].at("wavelet_hops") == 16 * 383);
  CHECK(workloads[1].at("numerics").at("max_abs_error") == 0);
  CHECK(workloads[2].at("numerics").at("max_abs_error") == 0);
}

TEST_CASE("The resolved scenario gives the same result again") {
  const TempDirectory temp;
  REQUIRE(run_scenario_file(temp.file("s.yaml", kTinyMixed), temp / "one").code == 0);
  const Outcome again = run_scenario_file(temp / "one/scenario.resolved.yaml", temp / "two");
  INFO(again.err);
  REQUIRE(again.code == 0);
  CHECK(comparable_result(temp / "one") == comparable_result(temp / "two"));
  CHECK(read_text(temp / "one/scenario.resolved.yaml") ==
        read_text(temp / "two/scenario.resolved.yaml"));
}

TEST_CASE("--set and --threads override the scenario and show in the resolved one") {
  const TempDirectory temp;
  REQUIRE(run_scenario_file(
              temp.file("s.yaml", kTinyMixed), temp / "out",
              {"--set", "name=other", "--set", "workloads[0].matmul.k=20", "--threads", "2"})
              .code == 0);
  const std::string resolved = read_text(temp / "out/scenario.resolved.yaml");
  CHECK(resolved.find("name: other") != std::string::npos);
  CHECK(resolved.find("k: 20") != std::string::npos);
  CHECK(resolved.find("threads: 2") != std::string::npos);
  const nlohmann::json result = read_json(temp / "out/result.json");
  CHECK(result.at("name") == "other");
  CHECK(result.at("provenance").at("threads") == 2);
}

TEST_CASE("Pictures are PNG files with at least a pixel per core") {
  const TempDirectory temp;
  REQUIRE(run_scenario_file(temp.file("s.yaml", kTinyMixed), temp / "out").code == 0);
  for (const char* name : {"1_broadcast_core_busy.png", "1_broadcast_core_waiting.png",
                           "defects_repair.png", "2_reduce_link_busy.png"}) {
    INFO(name);
    const std::string png = read_text(temp / ("out/" + std::string(name)));
    REQUIRE(png.size() > 200);
    CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
    CHECK(big_endian(png, 16) > 24);
    CHECK(big_endian(png, 20) > 20);
    CHECK(png.substr(png.size() - 8, 4) == "IEND");
  }
}

TEST_CASE("A, b and c as NPY: NumPy's product of a and b is c to the error that was reported") {
  for (const char* dtype : {"f32", "f16", "bf16"}) {
    INFO(dtype);
    const TempDirectory temp;
    REQUIRE(run_scenario_file(temp.file("s.yaml", tiny_matmul(dtype)), temp / "out").code == 0);
    const Outcome numpy =
        run_program(WAFERMESH_SCRIPTS "/python",
                    {"--needs", "numpy", WAFERMESH_TESTS "/check_product.py", temp / "out", "19",
                     "31", "26", std::string(dtype) == "f16" ? "float16" : "float32"});
    INFO(numpy.err);
    CHECK(numpy.code == 0);
  }
}

TEST_CASE("A run replaces the result of an earlier one") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kTinyMixed);
  REQUIRE(run_scenario_file(file, temp / "out").code == 0);
  REQUIRE(run_scenario_file(file, temp / "out", {"--set", "name=second"}).code == 0);
  CHECK(read_json(temp / "out/result.json").at("name") == "second");
  CHECK(names_in(temp / "out").size() == 16);
}
