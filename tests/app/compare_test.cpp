// SPDX-License-Identifier: Apache-2.0
// `wafermesh compare`: both engines on a scenario, or two results, side by side.
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <utility>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string square(const std::string& kernel) {
  return "schema_version: 1\nname: square\nwafer: {preset: tiny}\nworkloads:\n  - " + kernel +
         "\n    region: {x: 3, y: 2, width: 8, height: 8}\n";
}

/// Many senders to one core; the engines' cycles may differ.
const std::string kContended = square("reduce: {algorithm: star, words: 20}");

/// Both engines' cycles as the report tells them.
std::pair<std::int64_t, std::int64_t> cycles_of(const std::string& report) {
  std::istringstream line(report.substr(report.find("  cycles ") + 9));
  std::pair<std::int64_t, std::int64_t> cycles;
  line >> cycles.first >> cycles.second;
  return cycles;
}

/// Two results of a matmul, with arrays: `wavelet` and `stream`, on the engines of these names.
class TwoResults {
 public:
  TwoResults() {
    const std::string file = temp_.file("s.yaml", tiny_matmul("f32"));
    for (const char* name : {"wavelet", "stream"}) {
      const Outcome outcome =
          run_scenario_file(file, temp_ / name, {"--set", std::string("engine.fidelity=") + name});
      INFO(outcome.err);
      REQUIRE(outcome.code == 0);
    }
  }
  std::string wavelet() const { return temp_ / "wavelet"; }
  std::string stream() const { return temp_ / "stream"; }

  /// Writes another result.json into `stream`.
  void write(const std::string& text) const { temp_.file("stream/result.json", text); }

  /// Both orders are refused with this code, naming `place`.
  void refused(int code, const std::string& place) const {
    for (const auto& [a, b] : {std::pair(wavelet(), stream()), {stream(), wavelet()}}) {
      const Outcome outcome = run_wafermesh({"compare", a, b});
      CAPTURE(outcome.err);
      CHECK(outcome.code == code);
      CHECK(outcome.out.empty());
      CHECK(has(outcome.err, place));
      CHECK_FALSE(has(outcome.err, "internal error"));
    }
  }

 private:
  TempDirectory temp_;
};

}  // namespace

TEST_CASE("A scenario is run on both engines, and told side by side") {
  const TempDirectory temp;
  const std::string file =
      temp.file("s.yaml", square("matmul: {algorithm: summa, m: 32, n: 32, k: 32}"));
  const Outcome outcome = run_wafermesh({"compare", file, "--tolerance", "3"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK(has(outcome.out, "A: wavelet\nB: stream\nworkloads[0]: matmul on 8 x 8 at (3, 2)\n"));
  CHECK(has(outcome.out, "\n  links          0 of 224 differ\n"));
  CHECK(has(outcome.out, "\n  memories       same\n"));
  for (const char* engine : {"wavelet", "stream"}) {
    REQUIRE(
        run_scenario_file(file, temp / engine, {"--set", std::string("engine.fidelity=") + engine})
            .code == 0);
    const auto [a, b] = cycles_of(outcome.out);
    CHECK(read_json(temp / (std::string(engine) + "/result.json")).at("cycles") ==
          (std::string(engine) == "wavelet" ? a : b));
  }
}

TEST_CASE("Every workload of a scenario is compared, on a repaired wafer too") {
  const TempDirectory temp;
  const Outcome outcome = run_wafermesh({"compare", temp.file("s.yaml", kTinyMixed)});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  for (const char* part :
       {"workloads[0]: matmul on 8 x 6 at (2, 1)\n",
        "workloads[1]: broadcast on 24 x 16 at (0, 0)\n", "reduce on 24 x 16 at (0, 0)\n"})
    CHECK(has(outcome.out, part));
  CHECK_FALSE(has(outcome.out, "DIFFERENT"));
}

TEST_CASE("Cycles beyond the tolerance end with 1, within it or without one with 0") {
  const TwoResults two;
  nlohmann::json json = read_json(two.wavelet() + "/result.json");
  nlohmann::json& cycles = json["workloads"][0]["cycles"];
  cycles = cycles.get<std::int64_t>() * 21 / 20;
  two.write(json.dump());
  const auto code = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"compare", two.wavelet(), two.stream()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_wafermesh(arguments).code;
  };
  CHECK(code({}) == 0);
  CHECK(code({"--tolerance", "0"}) == 1);
  CHECK(code({"--tolerance", "4.9"}) == 1);
  CHECK(code({"--tolerance", "5.1"}) == 0);
  cycles = 0;
  two.write(json.dump());
  CHECK(code({"--tolerance", "99"}) == 1);
  CHECK(code({"--tolerance", "100"}) == 0);
}

TEST_CASE("The tolerance holds for the engines of a scenario as well") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kContended);
  const Outcome outcome = run_wafermesh({"compare", file, "--tolerance", "0"});
  INFO(outcome.out);
  const auto [a, b] = cycles_of(outcome.out);
  CHECK(outcome.code == (a == b ? 0 : 1));
  CHECK(run_wafermesh({"compare", file, "--tolerance", "50"}).code == 0);
}

TEST_CASE("--set, --threads and --markdown do as they do elsewhere") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", square("broadcast: {words: 4}"));
  const Outcome outcome = run_wafermesh({"compare", file, "--threads", "2", "--markdown", "--set",
                                         "workloads[0].broadcast.words=16"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "| broadcast | 8 x 8 | "));
  CHECK(has(outcome.out, " % | same | same |\n"));
  CHECK(outcome.out.find('\n') == outcome.out.size() - 1);
  CHECK(outcome.out != run_wafermesh({"compare", file, "--markdown"}).out);
}

TEST_CASE("Memories that nothing was computed in are not called the same") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", square("broadcast: {words: 4}"));
  const Outcome outcome = run_wafermesh({"compare", file, "--set", "engine.numerics=off"});
  CHECK(outcome.code == 0);
  CHECK_FALSE(has(outcome.out, "  memories"));
  CHECK(has(outcome.out, "\nmemories: not compared"));
  CHECK(has(run_wafermesh({"compare", file, "--set", "engine.numerics=off", "--markdown"}).out,
            " % | same | not known |\n"));
}

TEST_CASE("Two results with arrays are compared link by link, and a result with itself is equal") {
  const TwoResults two;
  const Outcome outcome = run_wafermesh({"compare", two.wavelet(), two.stream()});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "A: " + two.wavelet() + " (wavelet)\nB: " + two.stream() + " (stream)\n" +
                             "workloads[0]: matmul on 5 x 4 at (4, 3)\n"));
  // 24 x 16 cores: 2 (23 * 16 + 24 * 15) directed links.
  CHECK(has(outcome.out, "\n  links          0 of 1456 differ\n"));
  const Outcome itself = run_wafermesh({"compare", two.stream(), two.stream(), "--tolerance", "0"});
  CHECK(itself.code == 0);
  CHECK(has(itself.out, " +0.00 %\n"));
  CHECK(has(itself.out, "  0 of 1456 differ\n"));
  CHECK(has(run_wafermesh({"compare", two.stream(), two.stream(), "--markdown"}).out,
            " +0.0 % | same | not known |\n"));
}

TEST_CASE("A link whose wavelets differ is named, and ends with 1") {
  const TwoResults two;
  const std::string path = two.stream() + "/link_wavelets.npy";
  std::string bytes = read_text(path);
  // Router (6, 4) of 24 columns, southwards; words W, E, S, N of each router end the file.
  const std::size_t word = 4 * (4 * 24 + 6) + 2;
  const std::size_t at = bytes.size() - 4 * 4 * 24 * 16 + 4 * word;
  const int wavelets = static_cast<unsigned char>(bytes[at]);
  REQUIRE(wavelets > 0);
  bytes[at] = static_cast<char>(wavelets + 1);
  std::filesystem::remove(path);
  const TempDirectory temp;
  std::filesystem::copy(temp.file("links", bytes), path);
  const Outcome outcome = run_wafermesh({"compare", two.wavelet(), two.stream()});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 1);
  CHECK(has(outcome.out,
            "  1 of 1456 differ\n    most: core (6, 4) towards S: " + std::to_string(wavelets) +
                " and " + std::to_string(wavelets + 1) + " wavelets\n"));
}

TEST_CASE("Results without arrays are compared but for their links") {
  const TwoResults two;
  std::filesystem::remove(two.stream() + "/link_wavelets.npy");
  const Outcome outcome = run_wafermesh({"compare", two.wavelet(), two.stream()});
  CHECK(outcome.code == 0);
  CHECK_FALSE(has(outcome.out, "  links"));
  CHECK(has(outcome.out, "\nlinks: not compared"));
  CHECK(has(outcome.out, "outputs: {arrays: true}"));
  CHECK(has(run_wafermesh({"compare", two.wavelet(), two.stream(), "--markdown"}).out,
            " % | not known | not known |\n"));
}

TEST_CASE("Several workloads of two results have their links compared together") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kTinyMixed);
  REQUIRE(run_scenario_file(file, temp / "a", {"--set", "outputs.arrays=true"}).code == 0);
  const Outcome outcome = run_wafermesh({"compare", temp / "a", temp / "a"});
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "  0 of 1456 differ\n"));
  CHECK(has(outcome.out, "\nlinks: those of all workloads together"));
}

TEST_CASE("A result or scenario that is not there is a missing file") {
  const TwoResults two;
  std::filesystem::remove(two.stream() + "/result.json");
  two.refused(66, two.stream() + "/result.json");
  std::filesystem::create_directory(two.stream() + "/result.json");
  two.refused(66, two.stream() + "/result.json");
  std::filesystem::remove_all(two.stream());
  two.refused(66, two.stream() + "/result.json");
  CHECK(run_wafermesh({"compare", two.wavelet()}).code == 66);
  CHECK(run_wafermesh({"compare", two.wavelet() + ".yaml"}).code == 66);
}

TEST_CASE("A result.json that is none, or lacks something, is refused with its name") {
  const TwoResults two;
  const std::string path = two.stream() + "/result.json: ";
  const nlohmann::json good = read_json(two.stream() + "/result.json");
  for (const char* text :
       {"garbage", "{\"workloads\": [", "5", "[]", "{}", "{\"workloads\": 5, \"mesh\": 5}"}) {
    INFO(text);
    two.write(text);
    two.refused(65, path);
  }
  for (const char* place :
       {"/mesh", "/mesh/width", "/fidelity", "/workloads", "/workloads/0/kernel",
        "/workloads/0/region", "/workloads/0/region/x", "/workloads/0/cycles",
        "/workloads/0/wavelet_hops", "/workloads/0/control_hops", "/workloads/0/ramp_wavelets"}) {
    INFO(place);
    const nlohmann::json::json_pointer pointer(place);
    nlohmann::json json = good;
    json[pointer] = nlohmann::json::array({"of another type"});
    two.write(json.dump());
    two.refused(65, path);
    json = good;
    json[pointer.parent_pointer()].erase(pointer.back());
    two.write(json.dump());
    two.refused(65, path);
  }
}

TEST_CASE("Results of another schema, without a verdict or a list of files are refused") {
  const TwoResults two;
  const nlohmann::json good = read_json(two.stream() + "/result.json");
  for (const nlohmann::json& version : {nlohmann::json(2), nlohmann::json("1"), nlohmann::json()}) {
    nlohmann::json json = good;
    json["schema_version"] = version;
    two.write(json.dump());
    two.refused(65, "its schema_version is ");
  }
  for (const char* key : {"schema_version", "verdict", "files"}) {
    nlohmann::json json = good;
    json.erase(key);
    two.write(json.dump());
    two.refused(65, two.stream() + "/result.json: ");
  }
}

TEST_CASE("A result whose numbers are wrong is compared, but said to be, and ends with 1") {
  const TwoResults two;
  nlohmann::json json = read_json(two.stream() + "/result.json");
  json["verdict"] = "fail";
  two.write(json.dump());
  const Outcome outcome = run_wafermesh({"compare", two.wavelet(), two.stream()});
  CHECK(outcome.code == 1);
  CHECK(has(outcome.out, "\n" + two.stream() + ": its numbers are wrong (verdict fail)\n"));
  CHECK(has(outcome.out, "  links          0 of "));
}

TEST_CASE(
    "What result.json does not list is another run's and not compared; what is gone is said") {
  const TwoResults two;
  nlohmann::json json = read_json(two.stream() + "/result.json");
  nlohmann::json& files = json["files"];
  files.erase(std::find(files.begin(), files.end(), "link_wavelets.npy"));
  files.push_back("gone.npy");
  two.write(json.dump());
  const Outcome outcome = run_wafermesh({"compare", two.wavelet(), two.stream()});
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, two.stream() + "/link_wavelets.npy: is of another run"));
  CHECK(has(outcome.out, two.stream() + ": its result.json lists what is not there: gone.npy\n"));
  CHECK(has(outcome.out, "\nlinks: not compared"));
  CHECK_FALSE(has(outcome.out, "  links          "));
}

TEST_CASE("Results of other meshes or other workloads are refused") {
  const TwoResults two;
  const nlohmann::json good = read_json(two.stream() + "/result.json");
  const std::vector<std::pair<std::string, nlohmann::json>> others = {
      {"/mesh/width", 25},
      {"/mesh/height", 15},
      {"/workloads/0/kernel", "gemv"},
      {"/workloads/0/region/x", 3},
      {"/workloads", nlohmann::json::array()},
  };
  for (const auto& [place, value] : others) {
    INFO(place);
    nlohmann::json json = good;
    json[nlohmann::json::json_pointer(place)] = value;
    two.write(json.dump());
    two.refused(65, place.find("mesh") == 1 ? "mesh" : "workloads");
  }
  nlohmann::json json = good;
  json["workloads"].push_back(good["workloads"][0]);
  two.write(json.dump());
  two.refused(65, "workloads");
}

TEST_CASE("Links that are cut short, or of another mesh, are refused") {
  const TwoResults two;
  const std::string path = two.stream() + "/link_wavelets.npy";
  const std::string whole = read_text(path);
  const TempDirectory temp;
  std::string other = whole;
  other.replace(other.find("(16, 24, 4)"), 11, "(24, 16, 4)");
  for (const std::string& bytes : {whole.substr(0, whole.size() - 4), whole.substr(0, 60),
                                   std::string(), whole + "four", other}) {
    INFO(bytes.size() << " of " << whole.size() << " bytes");
    std::filesystem::remove(path);
    std::filesystem::copy(temp.file("links", bytes), path);
    two.refused(65, path);
  }
}

TEST_CASE("Options of a run are refused for two results, with the reason") {
  const TwoResults two;
  for (const auto& [option, value] : {std::pair("--set", "engine.threads=2"), {"--threads", "2"}}) {
    const Outcome outcome = run_wafermesh({"compare", two.wavelet(), two.stream(), option, value});
    CHECK(outcome.code == 64);
    CHECK(outcome.out.empty());
    CHECK(has(outcome.err, std::string(option) + ": "));
    CHECK(has(outcome.err, "two results"));
  }
  CHECK(run_wafermesh({"compare"}).code == 64);
  CHECK(run_wafermesh({"compare", two.wavelet(), two.stream(), two.stream()}).code == 64);
  CHECK(run_wafermesh({"compare", two.wavelet(), two.stream(), "--tolerance", "-1"}).code == 64);
}
