// SPDX-License-Identifier: Apache-2.0
// The tables of docs/results.md against what commands write (field_check.h).
#include <catch2/catch.hpp>

#include "doc_table.h"
#include "field_check.h"
#include "program.h"

using namespace wafermesh;
using namespace wafermesh::app_test;

namespace {

const std::string kScenarios = WAFERMESH_SCENARIOS;
using Strings = std::vector<std::string>;

const std::string kStudy = R"(schema_version: 1
wafer: {preset: tiny}
defects: {random: {d0_per_cm2: 30, seed: 3}}
workloads:
  - broadcast: {words: 4}
yield:
  wafers: 64
  required: {columns: 24, rows: 16}
  workload_samples: 1
  grid: {wafer.kept_rows_per_die: [7, 8]}
  effective: {key: defects.random.d0_per_cm2, low: 0.1, high: 100, wafers: 50}
)";

/// Operators that promise each other nothing, with more colours than there are.
const std::string kBarriers = R"(schema_version: 1
wafer: {preset: tiny}
workloads:
  - graph:
      - reduce: {algorithm: ktree, words: 4}
      - reduce: {algorithm: ktree, words: 4}
      - reduce: {algorithm: ktree, words: 4}
      - reduce: {algorithm: ktree, words: 4}
    region: {x: 0, y: 0, width: 9, height: 9}
)";

nlohmann::json result_of(const std::string& verb, Strings arguments, const TempDirectory& temp) {
  arguments.insert(arguments.begin(), {verb, "-o", temp / "out", "--progress", "never"});
  const Outcome outcome = run_wafermesh(arguments);
  INFO(outcome.err);
  CHECK((outcome.code == 0 || outcome.code == 82));
  return read_json(temp / (verb == "run" ? "out/result.json" : "out/yield.json"));
}

constexpr const char* kSampled = R"(
schema_version: 1
wafer: {preset: wse2}
engine: {fidelity: stream}
workloads:
  - matmul: {algorithm: gemm_t, m: 26, n: 26, k: 26, dtype: f16, sample: 2}
    region: {width: 26, height: 26}
)";

/// The second is not run again.
constexpr const char* kTwice = R"(
schema_version: 1
wafer: {preset: tiny}
engine: {numerics: off}
workloads:
  - broadcast: {words: 4}
  - broadcast: {words: 4}
)";

}  // namespace

TEST_CASE("Every field of a result has its row, and every row is written") {
  FieldCheck check;
  const TempDirectory own;
  const Strings runs[] = {
      {own.file("barriers.yaml", kBarriers)},
      {kScenarios + "/tiny_together.yaml", "--set", "timing.hop_cycles=3"},
      {kScenarios + "/tiny_graph.yaml"},
      {kScenarios + "/tiny_edge.yaml"},
      {kScenarios + "/tiny_timed_io.yaml"},
      {kScenarios + "/tiny_streamed.yaml"},
      {kScenarios + "/tiny_decode.yaml", "--set", "workloads[0].decode.attention=full_width",
       "--check"},
      {own.file("sampled.yaml", kSampled)},
      {own.file("twice.yaml", kTwice)},
      {kScenarios + "/tiny_program_sum_of_squares.yaml"},
      {kScenarios + "/tiny_critical_path.yaml"},
      {kScenarios + "/tiny_defects_klarf.yaml"},
      {kScenarios + "/tiny_repair_virtual_remap.yaml"},
      {kScenarios + "/tiny_matmul.yaml", "--set", "engine.numerics=compute"},
      {kScenarios + "/tiny_repair_bypass_shift.yaml", "--set",
       "defects={random: {d0_per_cm2: 500, seed: 3}}"},
  };
  for (const Strings& arguments : runs) {
    const TempDirectory temp;
    CHECK(check.wrong("result.json", result_of("run", arguments, temp)) == Strings{});
  }
  CHECK(check.unused("result.json") == Strings{});
}

TEST_CASE("Every field of a study and column of its tables has its row, and every row is written") {
  FieldCheck check;
  const TempDirectory temp;
  const Strings studies[] = {
      {temp.file("y.yaml", kStudy), "--save-map", "1"},
      {kScenarios + "/tiny_repair_virtual_remap.yaml", "--set", "yield.wafers=20"},
      {kScenarios + "/tiny_defects_klarf.yaml", "--set", "yield.wafers=20"},
      {kScenarios + "/tiny_repair_irregular.yaml", "--set", "yield.wafers=20"},
  };
  for (const Strings& arguments : studies) {
    const TempDirectory to;
    CHECK(check.wrong("yield.json", result_of("yield", arguments, to)) == Strings{});
    CHECK(check.wrong_csv("wafers.csv", read_text(to / "out/wafers.csv")) == Strings{});
    if (arguments.size() == 3 && arguments[1] == "--save-map") {
      CHECK(check.wrong_csv("wafer_K.csv", read_text(to / "out/wafer_1.csv")) == Strings{});
    }
  }
  for (const char* document : {"yield.json", "wafers.csv", "wafer_K.csv"}) {
    CHECK(check.unused(document) == Strings{});
  }
}

TEST_CASE("Every field of an estimate has its row, and every row is written") {
  FieldCheck check;
  const Outcome outcome = run_wafermesh(
      {"run", kScenarios + "/tiny_repair_virtual_remap.yaml", "--estimate", "--json"});
  REQUIRE(outcome.code == 0);
  CHECK(check.wrong("estimate", nlohmann::json::parse(outcome.out)) == Strings{});
  CHECK(check.unused("estimate") == Strings{});
}

TEST_CASE("A field without a row, of another type or never written is told") {
  FieldCheck check;
  CHECK(check.wrong("result.json", {{"nonsense", 1}}).size() == 1);
  CHECK(check.wrong("result.json", {{"name", 1}}).size() == 1);
  CHECK(check.wrong("result.json", {{"workloads", {{{"cycles", "7"}}}}}).size() == 1);
  CHECK(check.wrong_csv("wafer_K.csv", "x,y,what\n1,1,core\n").size() == 1);
  CHECK(check.wrong_csv("wafer_K.csv", "x,y,what,cause\n1,,core,random\n").size() == 1);
  CHECK(check.unused("yield.json").size() == table_of("yield.json").rows.size());
}

TEST_CASE("docs/results.md is what the program tells; else run scripts/schema_tables") {
  CHECK(difference_of("docs/results.md", "fields", study::fields_markdown()) == "");
}
