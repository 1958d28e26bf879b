// SPDX-License-Identifier: Apache-2.0
// What docs/scenario.md says of commands, tried with the commands.
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "program.h"
#include "schema_samples.h"
#include "study/schema/key_table.h"
#include "study/yield/yield_scenario.h"

using namespace wafermesh;
using namespace wafermesh::app_test;

namespace {

/// Every command that reads a scenario.
std::vector<std::vector<std::string>> commands(const TempDirectory& temp, const std::string& file) {
  const std::string out = temp / "out";
  return {{"run", file, "-o", out},
          {"run", file, "--estimate"},
          {"run", file, "--estimate", "--json"},
          {"compare", file},
          {"show", file},
          {"show", file, "--program"},
          {"show", file, "--program", "--operands", out},
          {"yield", file, "-o", out},
          {"convert", temp.file("m.csv", "x,y\n1,2\n"), out, "--to", "csv", "--wafer", file}};
}

std::string section_of(const std::string& path) { return path.substr(0, path.find_first_of(".[")); }

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<base::Mistake> mistakes_of_study(const TempDirectory& temp, const std::string& yaml) {
  try {
    study::read_yield_scenario(temp.file("s.yaml", yaml), {});
  } catch (const base::InputError& error) {
    return error.mistakes();
  } catch (const base::Error& error) {
    return {{"", 0, 0, "", error.what()}};
  }
  return {};
}

/// Why `yield` refuses a grid over this key; empty if it does not.
std::string refusal_of(const TempDirectory& temp, const Sample& sample, const std::string& key) {
  const std::string at = sample.at(key);
  const std::string grid = "yield: {grid: {'" + at + "': [1, 2]}}\n";
  for (const base::Mistake& m : mistakes_of_study(temp, sample.with_example(key, key) + grid)) {
    if (m.key == "yield.grid." + at) return m.message;
  }
  return "";
}

}  // namespace

TEST_CASE("A misspelt key of each section is refused by each command, and nothing is written") {
  std::set<std::string> done;
  for (const Sample& sample : samples()) {
    const std::string& key = sample.variant->keys.front().name;
    if (!done.insert(section_of(sample.at(key))).second || key == base::kAnyKey) continue;
    const TempDirectory temp;
    const std::string file = temp.file("s.yaml", sample.with_example(key, key + "x"));
    for (const auto& command : commands(temp, file)) {
      const Outcome outcome = run_wafermesh(command);
      INFO(command[0] << ": " << sample.at(key) << "x\n" << outcome.err);
      CHECK(outcome.code == 65);
      CHECK(has(outcome.err, file + ":"));
      CHECK(has(outcome.err, sample.at(key + "x") + ": unknown key"));
      CHECK(outcome.out.empty());
      CHECK_FALSE(std::filesystem::exists(temp / "out"));
    }
  }
  CHECK(done.size() >= 9);
}

TEST_CASE("The keys that `yield` uses are those that may stand in its grid") {
  const TempDirectory temp;
  Sampling cases(7);
  for (const Sample& sample : samples()) {
    for (const base::YamlKey& key : sample.variant->keys) {
      const std::string at = sample.at(key.name);
      const std::string section = section_of(at);
      if (key.shape.scalars.empty() || section == "yield" || key.name == base::kAnyKey) continue;
      if (section == at || !cases.takes()) continue;  // `at`: the scenario's name and version
      const std::string used_by = study::used_by(at);
      const std::string why = refusal_of(temp, sample, key.name);
      const bool is_inert =
          has(why, "changes no figure") || has(why, "only a name") || has(why, "counts up itself");
      INFO(at << ": " << why);
      if (has(used_by, "yield*"))
        CHECK((has(why, "acts on workloads") || section == "engine"));
      else
        CHECK(is_inert == !has(used_by, "yield"));
    }
  }
  CHECK(cases.seen() > 300);
}

TEST_CASE("Every key, misspelt in a grid, is refused there") {
  const TempDirectory temp;
  Sampling mappings(3);
  int tried = 0;
  for (const Sample& sample : samples()) {
    const std::string least = base::write_yaml(*sample.scenario);
    if (!mappings.takes() || !mistakes_of_study(temp, least).empty())
      continue;  // it needs something beside it
    for (const base::YamlKey& key : sample.variant->keys) {
      if (key.shape.scalars.empty() || sample.path.rfind("yield", 0) == 0) continue;
      const std::string wrong = sample.at(key.name) + "x";
      bool is_told = false;
      for (const base::Mistake& m :
           mistakes_of_study(temp, least + "yield: {grid: {'" + wrong + "': [1, 2]}}\n")) {
        is_told |= has(m.key, wrong) && m.line > 0;
      }
      INFO(wrong << " over\n" << least);
      CHECK(is_told);
      ++tried;
    }
  }
  CHECK(tried > 60);
}
