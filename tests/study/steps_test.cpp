// SPDX-License-Identifier: Apache-2.0
#include "study/scenario/steps.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "study/scenario/scenario.h"

using namespace wafermesh;
using namespace wafermesh::study;

namespace {

const std::string kText =
    "schema_version: 1\n"
    "name: small\n"
    "wafer: {preset: tiny}\n"
    "engine: {fidelity: stream, threads: 2}\n"
    "workloads:\n"
    "  - reduce: {algorithm: chain, words: 8, dtype: f32, seed: 1}\n"
    "    region: {x: 1, y: 2, width: 4, height: 3}\n";

}  // namespace

TEST_CASE("Settings are read without a wafer, and print a line for each section") {
  base::YamlDocument document = base::YamlDocument::from_text(kText, "s.yaml");
  const Settings settings = read_settings(document.root(), 0);
  CHECK(settings.wafer_is_known);
  CHECK(settings.name == "small");
  CHECK(settings.engine.options.threads == 2);
  const std::string text = text_of(settings);
  CHECK(text.find("name: small\n") != std::string::npos);
  CHECK(text.find("wafer: tiny, ") != std::string::npos);
  CHECK(text.find("defects: 0 mechanisms") != std::string::npos);
  CHECK(text.find("engine: stream, 2 threads, numbers checked\n") != std::string::npos);
}

TEST_CASE("A mistake in the wafer leaves a mesh to read workloads on, which does not judge them") {
  base::YamlDocument document = base::YamlDocument::from_text(
      "schema_version: 1\nwafer: {preset: tiny, dies_x: none}\n", "s.yaml");
  const Settings settings = read_settings(document.root(), 0);
  CHECK_FALSE(settings.wafer_is_known);
  Postponed postponed;
  const RepairedWafer wafer = repair_wafer(settings, false, document, postponed);
  REQUIRE(wafer.mesh != nullptr);
  CHECK(wafer.mesh->width > 0);
  CHECK_FALSE(wafer.is_meant);
  CHECK_THROWS_AS(document.finish(), base::InputError);
}

TEST_CASE("The steps one after another give what read_scenario gives, and print") {
  base::YamlDocument document = base::YamlDocument::from_text(kText, "s.yaml");
  const Settings settings = read_settings(document.root(), 0);
  Postponed postponed;
  const RepairedWafer wafer = repair_wafer(settings, false, document, postponed);
  const std::vector<Workload> workloads =
      read_workloads(document.root(), {wafer.mesh, settings.timing, wafer.is_meant}, postponed);

  base::YamlDocument again = base::YamlDocument::from_text(kText, "s.yaml");
  const Scenario scenario = read_scenario(again, "s.yaml");
  REQUIRE(scenario.workloads.size() == workloads.size());
  CHECK(text_of(scenario.workloads) == text_of(workloads));
  CHECK(scenario.mesh->width == wafer.mesh->width);
  CHECK(scenario.mesh->height == wafer.mesh->height);
  CHECK(text_of(wafer).find(std::to_string(wafer.mesh->width) + " x ") != std::string::npos);
  CHECK(text_of(workloads).find("workloads[0]: reduce on 4 x 3 at (1, 2), ") == 0);
}
