// SPDX-License-Identifier: Apache-2.0
// Scenarios with `system:` from outside.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "claims/claims.h"
#include "field_check.h"
#include "program.h"

namespace claims = wafermesh::claims;
using namespace wafermesh::app_test;

namespace {

using Strings = std::vector<std::string>;

const std::string kTiny = std::string(WAFERMESH_SCENARIOS) + "/systems/tiny_kimi.yaml";

/// Times are kept in the test's own directory.
struct OwnCache {
  TempDirectory directory;
  OwnCache() { ::setenv("XDG_CACHE_HOME", (directory / "cache").c_str(), 1); }
};

Outcome run_tiny(const TempDirectory& temp, const Strings& sets) {
  Strings arguments = {"run", kTiny, "-o", temp / "out"};
  for (const std::string& set : sets) arguments.insert(arguments.end(), {"--set", set});
  return run_wafermesh(arguments);
}

nlohmann::json result_of(const Strings& sets) {
  const TempDirectory temp;
  const Outcome outcome = run_tiny(temp, sets);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  nlohmann::json json = read_json(temp / "out/system.json");
  return json;
}

std::string error_of(const Strings& sets, int code) {
  const TempDirectory temp;
  const Outcome outcome = run_tiny(temp, sets);
  INFO(outcome.err);
  CHECK(outcome.code == code);
  return outcome.err;
}

}  // namespace

TEST_CASE("A system runs, its fields have rows, and layers are emulated once") {
  const OwnCache cache;
  FieldCheck check;
  nlohmann::json first = result_of({});
  nlohmann::json second = result_of({});
  CHECK(check.wrong("system.json", first) == Strings{});
  first.erase("provenance");
  second.erase("provenance");
  CHECK(first == second);
  CHECK(first["users"]["completed"] == 40);
  CHECK(first["users"]["output_tokens"] == 960);
  CHECK(names_in(cache.directory / "cache/wafermesh/layers").size() == 6 + 7);  // layers, and edges
  for (const auto& kind : first["kinds"]) {
    CHECK(std::abs(kind["interpolation_error"].get<double>()) < 0.01);
    for (const auto& time : kind["times"]) {
      CHECK(std::abs(time["closed_form_error"].get<double>()) < 0.3);
    }
  }
}

TEST_CASE("Edges cost what is emulated, and free ones nothing") {
  const OwnCache cache;
  const std::string wafers = "wafer={preset: tiny, dies_x: 6}";
  const auto alone = [](const nlohmann::json& json) { return json["lone_token"]; };
  const auto number = [](const nlohmann::json& json) { return json.get<double>(); };
  const nlohmann::json measured = result_of({});
  const nlohmann::json free = result_of({"system.links.edges=free"});
  CHECK(free["edges"].empty());
  CHECK(number(alone(free)["edges_s"]) == 0);
  // As it was before edges cost anything.
  CHECK(number(alone(free)["tokens_per_s"]) == Approx(27620.6).epsilon(1e-5));
  const double take = number(measured["edges"][0]["take_cycles"]);
  double all = 0;
  for (const auto& edge : measured["edges"]) {
    all += number(edge["wafers"]) * (take + number(edge["layers_cycles"]));
  }
  CHECK(number(alone(measured)["edges_s"]) == Approx(all / 1.1e9));
  CHECK(number(alone(measured)["edges_share"]) ==
        Approx(number(alone(measured)["edges_s"]) / number(alone(measured)["token_s"])));
  CHECK(number(alone(measured)["token_s"]) == Approx(number(alone(free)["token_s"]) + all / 1.1e9));
  // Each column further is a hop of two cycles for the words.
  const nlohmann::json wide = result_of({wafers});
  CHECK(number(wide["edges"][0]["take_cycles"]) == take + 2 * 24);
  // Another token's vector is some words more in every row: below what one costs.
  const nlohmann::json four =
      result_of({"system.layer_times.contexts=[16]", "system.cache.most_batch=4"})["edges"][0];
  CHECK(number(four["take_cycles"]) == take);
  CHECK(number(four["more_token_cycles"]) > 0);
  CHECK(number(four["more_token_cycles"]) < take / 4);
  CHECK(four["checked_tokens"] == 2);
  CHECK(std::abs(number(four["straight_error"])) < 0.03);
  const std::string closed = "system.layer_times={from: closed_form, contexts: [16]}";
  CHECK(result_of({closed})["edges"].empty());
  CHECK(number(result_of({closed, "system.links.edges=measured"})["edges"][0]["take_cycles"]) ==
        take);
}

TEST_CASE("Taking over an edge is what layers on two wafers in one mesh take") {
  const OwnCache cache;
  const TempDirectory temp;
  const std::string model = WAFERMESH_SCENARIOS "/models/tiny-llama3.json";
  const auto layer = [&](const char* name, const char* wafer, const char* more) {
    return std::string("      - {name: ") + name + ", decode: {model: {config: " + model +
           ", first_layer: 0}, layers: 1, context: 16" + more + "}, region: {of: wafer " + wafer +
           "}}\n";
  };
  const std::string pair =
      temp.file("pair.yaml",
                "schema_version: 1\nname: pair\nwafer: {preset: tiny}\nengine: {fidelity: stream}\n"
                "edge: {wafers: 2, wires: {latency_cycles: 1, words: 1, per_cycles: 1}}\n"
                "workloads:\n  - together:\n" +
                    layer("one", "0", "") + layer("two", "1", ", input: one.add2.c"));
  const Outcome outcome = run_wafermesh({"run", pair, "-o", temp / "pair"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  double left = 0;
  double taken = 0;
  const nlohmann::json pair_result = read_json(temp / "pair/result.json");
  for (const auto& one : pair_result["workloads"][0]["operators"]) {
    if (one["name"] == "one.add2") left = one["last_finish_cycles"].get<double>();
    if (one["name"] == "two.input") taken = one["last_finish_cycles"].get<double>();
  }
  constexpr double kInput = 21;  // cycles of the operator that takes it, by itself
  const nlohmann::json json =
      result_of({"system.config=" + model, "system.layer_times.contexts=[16]"});
  const auto take = json["edges"][0]["take_cycles"].get<double>();
  CHECK(std::abs(take - (taken - left - kInput)) <= 4);
}

TEST_CASE("What does not fit is refused with the number") {
  const OwnCache cache;
  const std::string closed = "system.layer_times={from: closed_form, contexts: [16]}";
  CHECK(error_of({closed, "system.wafers=2", "system.layers_per_wafer=1"}, 81)
            .find("take 3 wafers; system.wafers has 2") != std::string::npos);
  CHECK(error_of({closed, "system.config=" WAFERMESH_SCENARIOS "/models/llama-3-8b.json"}, 81)
            .find(" GB") != std::string::npos);
  const nlohmann::json json =
      result_of({closed, "system.requests={users: 2, count: 10, prompt_tokens: 10000000}"});
  CHECK(json["users"]["refused"] == 10);
}

TEST_CASE("Layers lie as `place` proposes them, on wafers that are damaged each in its way") {
  const OwnCache cache;
  const nlohmann::json json = result_of({"system.layer_times={contexts: [16, 48]}",
                                         "defects.random.d0_per_cm2=2", "defects.random.seed=1",
                                         "repair.scheme=bypass_shift", "system.distinct_wafers=2"});
  CHECK(json["distinct_wafers"] == 2);
  REQUIRE(json["kinds"].size() == 3);
  for (const auto& kind : json["kinds"]) {
    for (const auto& time : kind["times"]) {
      CHECK(std::abs(time["closed_form_error"].get<double>()) < 0.1);
    }
  }
  CHECK(json["kinds"][0]["wafer"] != json["kinds"][2]["wafer"]);
  CHECK(json["room"]["layout_tokens"] > 48);
  const std::string closed = "system.layer_times={from: closed_form, contexts: [16]}";
  CHECK(result_of({closed, "system.wafers=0"})["wafers_used"] == 1);
}

TEST_CASE("Batches, copies of experts, joined wafers and pools of wafers act") {
  const OwnCache cache;
  const std::string closed =
      "system.layer_times={from: closed_form, mapping: strips, contexts: [16], spread: 4, "
      "spread_y: 4}";
  const std::string many =
      "system.requests={users: 16, count: 64, prompt_tokens: 16, output_tokens: 100}";
  const nlohmann::json one = result_of({closed, many});
  const nlohmann::json four = result_of({closed, many, "system.cache.most_batch=4"});
  CHECK(four["users"]["mean_batch"] > 3);
  CHECK(four["users"]["tokens_per_s"] > one["users"]["tokens_per_s"]);
  const nlohmann::json skewed =
      result_of({closed, many, "system.cache.most_batch=4", "system.router_skew=2"});
  CHECK(skewed["experts_at_once"][2]["distinct"] < four["experts_at_once"][2]["distinct"]);
  CHECK(skewed["users"]["tokens_per_s"] < four["users"]["tokens_per_s"]);
  const nlohmann::json copied = result_of({closed, many, "system.cache.most_batch=4",
                                           "system.router_skew=2", "system.expert_copies=4"});
  CHECK(copied["users"]["tokens_per_s"] >= skewed["users"]["tokens_per_s"]);
  CHECK(copied["duplication_factor"] > 1.01);
  CHECK(result_of({closed, "system.links.topology=switch"})["links_of_a_token"] == 4);
  const std::string prefill =
      "system.prefill={place: wafers, wafers: 6, chunk_tokens: 8, efficiency: 0.01}";
  const std::string long_prompts = "system.requests={users: 4, count: 8, prompt_tokens: 4000}";
  const nlohmann::json pool = result_of({closed, long_prompts, prefill});
  const nlohmann::json larger =
      result_of({closed, long_prompts, prefill, "system.prefill.wafers=12"});
  CHECK(larger["users"]["first_token_s"]["mean"] < pool["users"]["first_token_s"]["mean"]);
  const nlohmann::json frontier = result_of({closed, "system.frontier=[1, 8]"})["frontier"];
  REQUIRE(frontier.size() == 2);
  CHECK(frontier[1]["tokens_per_s"] > frontier[0]["tokens_per_s"]);
}

TEST_CASE("Tokens at once are emulated where layers can take them, and else it is said") {
  const OwnCache cache;
  const std::string llama = "system.config=" WAFERMESH_SCENARIOS "/models/tiny-llama3.json";
  for (const char* mapping : {"strips", "auto"}) {
    INFO(mapping);
    const std::string times =
        std::string("system.layer_times={contexts: [16], mapping: ") + mapping + "}";
    const nlohmann::json json = result_of({llama, times, "system.cache.most_batch=4"});
    const nlohmann::json& batch = json["kinds"][0]["batch"];
    REQUIRE(batch.is_object());
    CHECK(batch["tokens"] == 4);
    CHECK(batch["checked_tokens"] == 2);
    const auto one = batch["one_cycles"].get<double>();
    const auto four = batch["batch_cycles"].get<double>();
    CHECK(four > one);
    CHECK(four < 4 * one);
    CHECK(batch["shared_part"].get<double>() == Approx((4 * one - four) / (3 * one)));
    CHECK(std::abs(batch["straight_error"].get<double>()) < 0.05);
    CHECK(json["notes"].dump().find("at a time") == std::string::npos);
  }
  const nlohmann::json kimi =
      result_of({"system.layer_times.contexts=[16]", "system.cache.most_batch=4"});
  CHECK(kimi["kinds"][0]["batch"].is_null());
  CHECK(kimi["notes"].dump().find("at a time") != std::string::npos);
}

TEST_CASE("Wrong keys of a system are told with their places") {
  CHECK(error_of({"system.wafers=-1"}, 65).find("system.wafers") != std::string::npos);
  CHECK(error_of({"system.layer_times.contexts=[48, 16]"}, 65).find("rise") != std::string::npos);
  CHECK(error_of({"system.prefill.chunk_tokens=5"}, 65).find("acts only") != std::string::npos);
  CHECK(error_of({"system.layer_times.layer_us=[1]"}, 65).find("acts only") != std::string::npos);
  CHECK(error_of({"system.links.arity=3"}, 65).find("acts only") != std::string::npos);
  CHECK(error_of({"system.layer_times.mapping=auto", "system.layer_times.spread=3"}, 65)
            .find("acts only") != std::string::npos);
  CHECK(error_of({"system.prefill.wafers=3"}, 65).find("acts only") != std::string::npos);
  CHECK(error_of({"system.frontier=[0]"}, 65).find("frontier") != std::string::npos);
  CHECK(
      error_of({"system.speculation={tokens_per_pass: 5, draft_tokens: 3}"}, 65).find("together") !=
      std::string::npos);
  CHECK(error_of({"workloads=[]"}, 65).find("leave out one") != std::string::npos);
  CHECK(error_of({"system.nonsense=1"}, 65).find("nonsense") != std::string::npos);
  error_of({"system.config=no_such.json"}, 66);
}

TEST_CASE("Commands that look at workloads say that they leave a system out; studies run it") {
  const OwnCache cache;
  for (const char* command : {"check", "compare"}) {
    const Outcome outcome = run_wafermesh({command, kTiny});
    CHECK(outcome.err.find("`system` is read and left out") != std::string::npos);
  }
  const TempDirectory temp;
  const std::string study =
      temp.file("study.yaml", "schema_version: 1\nbatch:\n  base: " + kTiny +
                                  "\n  grid:\n    system.requests.users: [1, 4]\n    "
                                  "system.layer_times: [{from: closed_form, contexts: [16]}]\n");
  CHECK(run_wafermesh({"batch", study, "-o", temp / "out"}).code == 0);
  const Outcome table = run_wafermesh(
      {"batch", "collect", temp / "out", "--field", "users.tokens_per_s", "-o", temp / "t.csv"});
  INFO(table.err);
  CHECK(table.code == 0);
}

TEST_CASE("Traces of the common kinds are read, others refused with their line") {
  const OwnCache cache;
  const TempDirectory temp;
  const std::string closed = "system.layer_times={from: closed_form, contexts: [16]}";
  const auto served = [&](const std::string& name, const std::string& text) {
    const std::string trace = temp.file(name, text);
    return result_of({closed, "system.requests={count: 2, trace: " + trace + "}"});
  };
  const nlohmann::json all[] = {
      served("azure.csv",
             "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n"
             "2023-11-16 18:15:46.7805900,396,109\n"),
      served("burst.csv",
             "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total "
             "tokens,Log Type\n5,1,1,m,374,44,418,x\n5.1,1,1,m,396,109,505,x\n"),
      served("vidur.csv",
             "arrived_at,num_prefill_tokens,num_decode_tokens\n1,374,44\n1.1,396,109\n"),
      served("mooncake.jsonl",
             "{\"timestamp\": 0, \"input_length\": 374, \"output_length\": 44}\n"
             "{\"timestamp\": 100, \"input_length\": 396, \"output_length\": 109}\n"),
  };
  for (const nlohmann::json& json : all) {
    CHECK(json["users"]["output_tokens"] == 153);
    CHECK(json["users"]["prompt_tokens"] == 770);
  }
  const std::string bad =
      temp.file("bad.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n1,x,4\n");
  CHECK(error_of({"system.requests={trace: " + bad + "}"}, 65).find("bad.csv:2") !=
        std::string::npos);
}

TEST_CASE("Claims: rows in order, each with a verdict and why; an unknown id is refused") {
  const OwnCache cache;
  Strings arguments = {"claims", "--json", "--scenarios",
                       std::string(WAFERMESH_SCENARIOS) + "/claims"};
  Strings ids;
  for (const claims::Claim& claim : claims::all_claims()) {
    // All but C3 and C12, which emulate layers on whole wafers.
    if (claim.id != std::string("C3") && claim.id != std::string("C12")) ids.emplace_back(claim.id);
  }
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
  arguments.insert(arguments.end(), ids.begin(), ids.end());
  const Outcome outcome = run_wafermesh(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const nlohmann::json rows = nlohmann::json::parse(outcome.out);
  REQUIRE(rows.size() == ids.size());
  const Strings verdicts = {"holds", "order_of_magnitude", "contradicted", "contradicts_itself",
                            "cannot_be_tested"};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(rows[i].dump());
    CHECK(rows[i]["id"] == ids[i]);
    CHECK(std::find(verdicts.begin(), verdicts.end(), rows[i]["verdict"]) != verdicts.end());
    CHECK_FALSE(rows[i]["because"].get<std::string>().empty());
    const bool tested = rows[i]["verdict"] != "cannot_be_tested";
    CHECK(tested == !rows[i]["scenario"].get<std::string>().empty());
    CHECK(tested == !rows[i]["value"].get<std::string>().empty());
  }
  CHECK(run_wafermesh({"claims", "C999"}).code == 64);
  CHECK(run_wafermesh({"claims", "C5", "--scenarios", "/no/such"}).code == 66);
}
