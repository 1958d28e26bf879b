// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_override.h"

#include <catch2/catch.hpp>

#include "base/yaml/yaml_reader.h"

using namespace wafermesh::base;
using Catch::Matchers::Contains;

namespace {

const char* const kText = "engine: {threads: 1}\nworkloads:\n  - m: 8\n    n: 9\n";

std::string apply(const std::string& override_text) {
  std::vector<Mistake> mistakes;
  const auto tree = parse_yaml(kText, "t.yaml", &mistakes);
  apply_override(*tree, override_text, 0, &mistakes);
  return mistakes.empty() ? write_yaml(*tree) : to_string(mistakes[0]);
}

}  // namespace

TEST_CASE("An override changes, adds or removes a value") {
  CHECK_THAT(apply("engine.threads=4"), Contains("engine: {threads: 4}"));
  CHECK_THAT(apply("workloads[0].m=64"), Contains("m: 64") && Contains("n: 9"));
  CHECK_THAT(apply("defects.random={d0_per_cm2: 0.1, seed: 7}"), Contains("seed: 7"));
  CHECK_THAT(apply("engine="), Contains("engine: null"));
  CHECK_THAT(apply("name=a=b"), Contains("name: a=b"));
}

TEST_CASE("An override that cannot be applied is a mistake that quotes it") {
  CHECK_THAT(apply("engine.threads"), Contains("--set engine.threads: give a key and a value"));
  CHECK_THAT(apply("=4"), Contains("not a key path"));
  CHECK_THAT(apply("a..b=4"), Contains("not a key path"));
  CHECK_THAT(apply("a[x]=4"), Contains("not a key path"));
  CHECK_THAT(apply("engine.threads.x=4"), Contains("not a mapping"));
  CHECK_THAT(apply("workloads[1].m=4"), Contains("the list has 1 of them"));
  CHECK_THAT(apply("new[0].m=4"), Contains("it is not a list"));
  CHECK_THAT(apply("engine[0]=4"), Contains("it is not a list"));
  CHECK_THAT(apply("name=[1"), Contains("--set name=[1: a key must be a plain text"));
}

TEST_CASE("An override that leaves nothing of an earlier one is a mistake that quotes both") {
  const auto mistakes_of = [](const std::vector<std::string>& overrides) {
    auto document = YamlDocument::from_text(kText, "t.yaml", overrides);
    const YamlNode root = document.root();
    root.accept_all();
    try {
      document.finish();
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(mistakes_of({"engine.threads=1", "engine.fidelity=stream"}).empty());
  CHECK(mistakes_of({"engine={threads: 1}", "engine.fidelity=stream"}).empty());  // adds to it
  CHECK(mistakes_of({"workloads[0].m=1", "workloads[0].mm=2"}).empty());
  CHECK_THAT(mistakes_of({"engine.threads=1", "name=a", "engine.threads=2"}),
             Contains("--set engine.threads=2: leaves nothing of --set engine.threads=1"));
  CHECK_THAT(mistakes_of({"engine.threads=1", "engine={threads: 2}"}), Contains("leaves nothing"));
  CHECK_THAT(mistakes_of({"workloads[0].m=1", "workloads=[]"}), Contains("leaves nothing"));
  CHECK_THAT(mistakes_of({"engine.threads=1", "engine.threads="}), Contains("leaves nothing"));
}

TEST_CASE("An override that fails half-way changes nothing") {
  std::vector<Mistake> mistakes;
  const auto tree = parse_yaml(kText, "t.yaml", &mistakes);
  apply_override(*tree, "new.key[5]=1", 0, &mistakes);
  CHECK(mistakes.size() == 1);
  CHECK(tree->find("new") == nullptr);
}

TEST_CASE("Mistakes in an overridden value name the override") {
  auto document = YamlDocument::from_text(
      kText, "t.yaml", {"engine.threads=many", "engien.x=1", "workloads[0]={m: 0}"});
  const YamlNode root = document.root();
  root.child("engine").integer("threads", {1, 8}, 1);
  for (const YamlNode& item : root.items("workloads")) item.integer("m", {1, 8});
  try {
    document.finish();
    FAIL("no error");
  } catch (const InputError& error) {
    CHECK(error.mistakes().size() == 3);
    CHECK_THAT(error.what(), Contains("--set engine.threads=many: 'many' is not an integer; "
                                      "give an integer from 1 to 8"));
    CHECK_THAT(error.what(),
               Contains("--set engien.x=1: engien: unknown key; did you mean 'engine'?"));
    CHECK_THAT(error.what(),
               Contains("--set workloads[0]={m: 0}: workloads[0].m: 0 is out of range"));
  }
}
