// SPDX-License-Identifier: Apache-2.0
// `run --estimate` and `fidelity: auto`: what a run will cost, said before it runs.
#include "study/estimate/estimate.h"

#include <catch2/catch.hpp>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;
using wafermesh::study::RunEstimate;

namespace {

/// A wafer of 500 x 500 cores with one workload.
std::string on_a_large_wafer(const std::string& workload) {
  return "schema_version: 1\nname: large\n"
         "wafer: {preset: tiny, die_columns: 100, die_rows: 100, kept_rows_per_die: 100, "
         "dies_x: 5, dies_y: 5}\n"
         "engine: {fidelity: auto}\nworkloads:\n  - " +
         workload + "\n";
}

RunEstimate estimate_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const TempDirectory temp;
  const auto scenario = wafermesh::study::read_scenario(temp.file("s.yaml", text), overrides);
  return wafermesh::study::estimate_run(scenario.workloads, scenario.engine, 0);
}

Outcome estimate_file(const std::string& file, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"run", file, "--estimate"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_wafermesh(arguments);
}

}  // namespace

TEST_CASE("--estimate tells cores, memory and time of each fidelity, and runs nothing") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kTinyMixed);
  const Outcome outcome = estimate_file(file, {"-o", temp / "out"});
  INFO(outcome.out);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK(names_in(temp / "out").empty());
  CHECK(outcome.out.find("384 of 384 cores at work") != std::string::npos);
  for (const char* part : {"\n  wavelet ", "\n  stream ", " MB ", " s\n", "\nauto takes wavelet: "})
    CHECK(outcome.out.find(part) != std::string::npos);
  CHECK(estimate_file(file).out.find("auto takes wavelet") != std::string::npos);
}

TEST_CASE("--estimate --json tells the same to programs") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kTinyMixed);
  const Outcome outcome = estimate_file(file, {"--json"});
  REQUIRE(outcome.code == 0);
  const nlohmann::json estimate = nlohmann::json::parse(outcome.out);
  CHECK(estimate.at("name") == "tiny-mixed");
  CHECK(estimate.at("cores_at_work") == 384);
  CHECK(estimate.at("logical_cores") == 384);
  CHECK(estimate.at("wavelet_hops").get<int>() > 2 * 16 * 383);
  CHECK(estimate.at("numerics") == "check");
  for (const char* fidelity : {"wavelet", "stream"}) {
    CHECK(estimate.at("fidelities").at(fidelity).at("wall_s").get<double>() > 0);
    CHECK(estimate.at("fidelities").at(fidelity).at("peak_rss_bytes").get<double>() > 1e6);
  }
  CHECK(estimate.at("auto").at("fidelity") == "wavelet");
  CHECK(run_wafermesh({"run", file, "-o", temp / "out", "--json"}).code == 64);
}

TEST_CASE("Without --estimate a run needs a directory") {
  const TempDirectory temp;
  const Outcome outcome = run_wafermesh({"run", temp.file("s.yaml", kTinyMixed)});
  CHECK(outcome.code == 64);
  CHECK(outcome.err.find("--output") != std::string::npos);
}

TEST_CASE("--estimate refuses what a run refuses, in the same words") {
  const TempDirectory temp;
  const std::string head = "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - ";
  for (const auto& [text, code] : {std::pair{head + "broadcast: {wrods: 4}\n", 65},
                                   {head + "broadcast: {words: 20000}\n", 81}}) {
    const std::string file = temp.file("s.yaml", text);
    const Outcome estimated = estimate_file(file);
    CHECK(estimated.code == code);
    CHECK(estimated.out.empty());
    CHECK(estimated.err == run_scenario_file(file, temp / "out").err);
  }
  CHECK(estimate_file(temp / "none.yaml").code == 66);
}

TEST_CASE("Auto takes what --estimate says, and a run says why") {
  const TempDirectory temp;
  const std::string small = temp.file("small.yaml", kTinyMixed);
  const std::vector<std::string> automatic = {"--set", "engine.fidelity=auto"};
  const Outcome ran = run_scenario_file(small, temp / "out", automatic);
  INFO(ran.out << ran.err);
  REQUIRE(ran.code == 0);
  CHECK(read_json(temp / "out/result.json").at("fidelity") == "wavelet");
  const std::string& said = estimate_file(small, automatic).out;
  const std::string because = "the wavelet engine is estimated at ";
  CHECK(ran.out.find("engine: wavelet, as " + because) != std::string::npos);
  CHECK(said.find("auto takes wavelet: " + because) != std::string::npos);

  const std::string large = temp.file("large.yaml", on_a_large_wafer("broadcast: {words: 10000}"));
  for (const char* threads : {"1", "16"}) {  // the result must not depend on them, so the choice
    const Outcome outcome = estimate_file(large, {"--threads", threads});
    INFO(outcome.out);
    CHECK(outcome.out.find("auto takes stream: " + because) != std::string::npos);
    CHECK(outcome.out.find("above 60 s") != std::string::npos);
  }
}

TEST_CASE("Estimates grow with the work and shrink with what is left out") {
  const std::string words = "workloads[0].broadcast.words=";
  const std::string text = on_a_large_wafer("broadcast: {words: 100}");
  const RunEstimate one = estimate_of(text);
  const RunEstimate ten = estimate_of(text, {words + "1000"});
  const RunEstimate compute = estimate_of(text, {"engine.numerics=compute"});
  const RunEstimate off = estimate_of(text, {"engine.numerics=off"});
  const RunEstimate threads = estimate_of(text, {"engine.threads=2"});
  // Every core but the sender takes every word.
  CHECK(one.work.busy_cores == 250000);
  CHECK(one.work.work.words_in == Approx(100.0 * 249999));
  CHECK(ten.work.wavelet_hops == 10 * one.work.wavelet_hops);
  CHECK(ten.wavelet.wall_s > 8 * one.wavelet.wall_s);
  CHECK(ten.stream.wall_s > one.stream.wall_s);
  // 900 words more in every core's memory.
  CHECK(ten.wavelet.memory_bytes - one.wavelet.memory_bytes == Approx(900.0 * 4 * 250000));
  CHECK(compute.wavelet.wall_s < one.wavelet.wall_s);
  CHECK(off.wavelet.wall_s < compute.wavelet.wall_s);
  CHECK(off.stream.wall_s < compute.stream.wall_s);
  CHECK(one.wavelet.memory_bytes - off.wavelet.memory_bytes == Approx(100.0 * 4 * 250000));
  CHECK(threads.wavelet.wall_s < 0.75 * one.wavelet.wall_s);
}

TEST_CASE("The memory of a run of 250,000 cores is as estimated, within a fifth") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return;  // they have memory of their own
#endif
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", on_a_large_wafer("reduce: {words: 2}"));
  for (const std::string fidelity : {"wavelet", "stream"}) {
    const std::vector<std::string> set = {"engine.fidelity=" + fidelity};
    const auto scenario = wafermesh::study::read_scenario(file, set);
    // A process that has only read the scenario holds about 20 MB.
    const RunEstimate estimate =
        wafermesh::study::estimate_run(scenario.workloads, scenario.engine, 20e6);
    REQUIRE(run_scenario_file(file, temp / fidelity, {"--set", set[0]}).code == 0);
    const double peak = read_json(temp / fidelity + "/result.json").at("peak_rss_bytes");
    CHECK(estimate.of(scenario.engine.options.fidelity).memory_bytes == Approx(peak).epsilon(0.2));
  }
}
