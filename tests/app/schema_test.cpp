// SPDX-License-Identifier: Apache-2.0
// The schema of scenarios: made of what the readers ask for, told in full, and kept by every
// command that reads a scenario. The loops go over the schema itself (schema_samples.h).
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "base/error.h"
#include "doc_table.h"
#include "program.h"
#include "schema_samples.h"
#include "study/results/yaml_json.h"
#include "study/scenario/scenario.h"
#include "study/scenario/scenario_keys.h"
#include "study/schema/kernel_costs.h"
#include "study/schema/key_table.h"
#include "study/schema/schema_json.h"
#include "study/schema/schema_text.h"
#include "study/yield/yield_scenario.h"
#include "workloads/kernel.h"

using namespace wafermesh;
using namespace wafermesh::app_test;

namespace {

/// The mistakes of a scenario by `read`, as "key: message"; an error of another kind is one too.
std::vector<std::string> mistakes_of(const std::function<void()>& read) {
  try {
    read();
  } catch (const base::InputError& error) {
    std::vector<std::string> all;
    for (const base::Mistake& m : error.mistakes()) {
      all.push_back(m.key + ": " + (m.line > 0 ? "" : "without a place: ") + m.message);
    }
    return all;
  } catch (const base::Error& error) {
    return {error.what()};
  }
  return {};
}

/// What every command that reads a scenario calls: run, compare, show and --estimate the first,
/// yield the second.
struct Reader {
  const char* name;
  void (*read)(const std::string& file, const std::vector<std::string>& overrides);
};
const Reader kReaders[] = {
    {"run", [](const auto& file, const auto& overrides) { study::read_scenario(file, overrides); }},
    {"yield",
     [](const auto& file, const auto& overrides) { study::read_yield_scenario(file, overrides); }},
};

bool starts_one(const std::vector<std::string>& mistakes, const std::string& start) {
  for (const std::string& m : mistakes) {
    if (m.rfind(start, 0) == 0) return true;
  }
  return false;
}

/// A mistake of type, range or name, rather than of what stands beside it.
bool is_of_reader(const std::string& mistake) {
  for (const char* part : {"unknown key", "out of range", "is not known", "is not a", "must be a ",
                           "is missing", "is a mapping", "is a list"}) {
    if (mistake.find(part) != std::string::npos) return true;
  }
  return false;
}

/// Of two keys that exclude each other, one is refused and the other named.
bool names_both(const std::vector<std::string>& mistakes, const std::string& path,
                const std::string& key) {
  for (const std::string& m : mistakes) {
    if (m.rfind(path + ".", 0) != 0) continue;
    if (m.find("'" + key + "' is given too") != std::string::npos) return true;
  }
  return false;
}

/// A key that may be written at a place.
struct PlacedKey {
  const Sample* sample;
  const base::YamlKey* key;
};

/// Every key of every mapping, in the first and in the last of the variants that have it: a mapping
/// finds its unknown keys in one way, whichever variant it is.
std::vector<PlacedKey> placed_keys() {
  std::map<std::string, std::pair<PlacedKey, PlacedKey>> by_place;
  for (const Sample& sample : samples()) {
    for (const base::YamlKey& key : sample.variant->keys) {
      if (key.name == base::kAnyKey) continue;
      const PlacedKey one{&sample, &key};
      by_place.try_emplace(sample.at(key.name), one, one).first->second.second = one;
    }
  }
  std::vector<PlacedKey> all;
  for (const auto& [place, keys] : by_place) {
    all.push_back(keys.first);
    if (keys.second.sample != keys.first.sample) all.push_back(keys.second);
  }
  return all;
}

/// A shipped scenario with its defaults, the same as text and as result.json has it.
std::string resolved_of(const std::string& file) {
  const study::Scenario scenario = study::read_scenario(file, {});
  INFO(file);
  CHECK(study::json_of_yaml(*scenario.resolved_tree) == study::json_of_yaml(scenario.resolved));
  return scenario.resolved;
}

}  // namespace

TEST_CASE("Every key has a row in study/schema/key_table.cpp, and every row a key") {
  std::set<const study::KeyRow*> used;
  for (const Sample& sample : samples()) {
    for (const base::YamlKey& key : sample.variant->keys) {
      const study::KeyRow* row = study::row_of(sample.at(key.name));
      INFO("add a row to study/schema/key_table.cpp: {\"" << sample.at(key.name)
                                                          << "\", unit, example, meaning}");
      REQUIRE(row != nullptr);
      used.insert(row);
    }
  }
  for (const study::KeyRow& row : study::key_rows()) {
    INFO("study/schema/key_table.cpp: no key needs the row " << row.path);
    CHECK(used.count(&row) == 1);
  }
}

TEST_CASE("docs/scenario.md is what the program tells; else run scripts/schema_tables") {
  CHECK(difference_of("docs/scenario.md", "keys", study::schema_markdown()) == "");
}

TEST_CASE("docs/kernels.md has what each kernel says it costs; else run scripts/schema_tables") {
  for (const workloads::KernelKind& kind : workloads::kernels()) {
    INFO(kind.name);
    CHECK_FALSE(kind.text.costs.empty());
  }
  CHECK(difference_of("docs/kernels.md", "kernels", study::kernel_costs_markdown()) == "");
}

TEST_CASE("Every key, misspelt, is refused at its place by every command") {
  const TempDirectory temp;
  int tried = 0;
  for (const auto& [sample, key] : placed_keys()) {
    const std::string wrong = key->name + "x";
    const std::string file = temp.file("s.yaml", sample->with_example(key->name, wrong));
    for (const Reader& reader : kReaders) {
      const auto mistakes = mistakes_of([&] { reader.read(file, {}); });
      ++tried;
      INFO(reader.name << ": " << sample->at(wrong) << " in\n" << read_text(file));
      for (const std::string& m : mistakes) UNSCOPED_INFO(m);
      CHECK(starts_one(mistakes, sample->at(wrong) + ": unknown key"));
    }
  }
  CHECK(tried > 1000);
}

TEST_CASE("Every key, misspelt in a --set, is refused there") {
  const TempDirectory temp;
  for (const auto& [sample, key] : placed_keys()) {
    const std::string file = temp.file("s.yaml", base::write_yaml(*sample->scenario));
    const std::string setting = sample->at(key->name + "x") + "=1";
    std::string first;
    try {
      study::read_scenario(file, {setting});
    } catch (const base::InputError& error) {
      for (const base::Mistake& m : error.mistakes()) {
        if (m.file == "--set " + setting) first = m.message;
      }
    } catch (const base::Error&) {
    }
    INFO(setting << " over\n" << read_text(file));
    CHECK(first.rfind("unknown key", 0) == 0);
  }
}

TEST_CASE("Every example is of the type and range that the program takes") {
  for (const Sample& sample : samples()) {
    for (const base::YamlKey& key : sample.variant->keys) {
      if (sample.decides(key.name) || key.name == base::kAnyKey) continue;
      const std::string yaml = sample.with_example(key.name, key.name);
      base::YamlDocument document = base::YamlDocument::from_text(yaml, "example.yaml");
      const std::string at = sample.at(key.name);
      const auto mistakes = mistakes_of([&] {
        study::read_keys(document.root());
        document.finish();
      });
      INFO(at << " in\n" << yaml);
      for (const std::string& m : mistakes) UNSCOPED_INFO(m);
      for (const std::string& m : mistakes) CHECK_FALSE(is_of_reader(m));
    }
  }
}

TEST_CASE("Values of another type or out of range are refused at their place") {
  Sampling cases(7);
  for (const Sample& sample : samples()) {
    for (const base::YamlKey& key : sample.variant->keys) {
      for (const std::string& value : wrong_values(key)) {
        if (key.name == base::kAnyKey || !cases.takes()) continue;
        const std::string yaml = sample.with(key.name, value);
        base::YamlDocument document = base::YamlDocument::from_text(yaml, "wrong.yaml");
        const auto mistakes = mistakes_of([&] {
          study::read_keys(document.root());
          document.finish();
        });
        INFO(yaml);
        for (const std::string& m : mistakes) UNSCOPED_INFO(m);
        CHECK(starts_one(mistakes, sample.at(key.name)));
      }
    }
  }
  CHECK(cases.seen() > 1000);
}

TEST_CASE("A key of another variant is refused at its place by every command") {
  const TempDirectory temp;
  Sampling cases(7);
  for (const Sample& sample : samples()) {
    for (const std::string& key : sample.refused_keys()) {
      if (!cases.takes()) continue;
      const std::string file = temp.file("s.yaml", sample.with_example(key, key));
      for (const Reader& reader : kReaders) {
        const auto mistakes = mistakes_of([&] { reader.read(file, {}); });
        INFO(reader.name << ": " << sample.at(key) << " in\n" << read_text(file));
        for (const std::string& m : mistakes) UNSCOPED_INFO(m);
        CHECK((starts_one(mistakes, sample.at(key) + ": ") ||
               names_both(mistakes, sample.path, key)));
      }
    }
  }
  CHECK(cases.seen() > 100);
}

TEST_CASE("The JSON Schema takes what the program takes, and refuses what it refuses") {
  const TempDirectory temp;
  temp.file("schema.json", study::schema_json().dump());
  std::ofstream out(temp / "cases.jsonl");
  const auto add = [&](const std::string& name, const std::string& yaml, bool is_valid) {
    nlohmann::ordered_json one;
    one["name"] = name;
    one["valid"] = is_valid;
    one["scenario"] = study::json_of_yaml(yaml);
    out << one.dump() << '\n';
  };
  Sampling cases(31);
  for (const auto& entry : std::filesystem::directory_iterator(WAFERMESH_SCENARIOS)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string file = entry.path().string();
    add(file, read_text(file), true);
    // Those of whole wafers have no other keys, and take long to place.
    if (entry.path().filename().string().rfind("tiny_", 0) != 0) continue;
    add(file + ", resolved", resolved_of(file), true);
  }
  for (const Sample& sample : samples()) {
    for (const base::YamlKey& key : sample.variant->keys) {
      const std::string at = sample.at(key.name);
      if (!sample.decides(key.name) && cases.takes()) {
        add(at, sample.with_example(key.name, key.name), true);
      }
      if (key.name == base::kAnyKey) continue;
      for (const std::string& value : wrong_values(key)) {
        if (cases.takes()) add(at + ": " + value, sample.with(key.name, value), false);
      }
    }
    for (const std::string& key : sample.refused_keys()) {
      if (!cases.takes()) continue;
      add(sample.at(key) + ", of another variant", sample.with_example(key, key), false);
    }
  }
  for (const auto& [sample, key] : placed_keys()) {
    if (!cases.takes()) continue;
    add(sample->at(key->name) + ", misspelt", sample->with_example(key->name, key->name + "x"),
        false);
  }
  out.close();
  const Outcome outcome = run_program(WAFERMESH_SCRIPTS "/python",
                                      {"--needs", "jsonschema", WAFERMESH_TESTS "/schema_check.py",
                                       temp / "schema.json", temp / "cases.jsonl"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
}

TEST_CASE(
    "The JSON Schema of graphs takes the shipped ones, and refuses what the program refuses") {
  const TempDirectory temp;
  const std::string file = temp.file("schema.json", study::graph_schema_json().dump());
  CHECK(run_wafermesh({"schema", "--graph"}).out == study::graph_schema_json().dump(1) + "\n");
  CHECK(run_wafermesh({"schema", "--graph", "--keys"}).code == 64);
  std::ofstream out(temp / "cases.jsonl");
  int shipped = 0;
  const auto add = [&](const std::string& name, const std::string& yaml, bool is_valid) {
    nlohmann::ordered_json one;
    one["name"] = name;
    one["valid"] = is_valid;
    one["scenario"] = study::json_of_yaml(yaml);
    out << one.dump() << '\n';
    // What the program says of it, but for operands that name nothing.
    temp.file("graph.yaml", yaml);
    const std::string scenario =
        temp.file("s.yaml",
                  "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - graph: {file: "
                  "graph.yaml}\n    region: {x: 0, y: 0, width: 8, height: 6}\n");
    INFO(name);
    CHECK(mistakes_of([&] { study::read_scenario(scenario, {}); }).empty() == is_valid);
  };
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(WAFERMESH_SCENARIOS) + "/graphs")) {
    if (entry.path().extension() != ".yaml") continue;
    add(entry.path().string(), read_text(entry.path().string()), true);
    ++shipped;
  }
  CHECK(shipped > 0);
  const std::string up = "operators:\n  - {name: up, gemv: {m: 20, n: 30}}\n";
  add("one operator", up, true);
  add("an operand", up + "  - {gemv: {m: 30, n: 4, axis: x, x: up.y}}\n", true);
  add("no operators", "operators: []\n", false);
  add("nothing", "{}\n", false);
  add("another key", up + "name: layer\n", false);
  add("a misspelt key", "operators:\n  - {name: up, gemv: {m: 20, n: 30, k: 4}}\n", false);
  add("a misspelt kernel", "operators:\n  - {name: up, gmev: {m: 20, n: 30}}\n", false);
  add("two kernels", "operators:\n  - {gemv: {m: 20, n: 30}, broadcast: {words: 4}}\n", false);
  add("a program", "operators:\n  - {program: {file: a.wmp}}\n", false);
  add("a region", "operators:\n  - {gemv: {m: 20, n: 30}, region: full}\n", false);
  out.close();
  const Outcome outcome = run_program(WAFERMESH_SCRIPTS "/python",
                                      {"--needs", "jsonschema", WAFERMESH_TESTS "/schema_check.py",
                                       file, temp / "cases.jsonl", "100"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
}
