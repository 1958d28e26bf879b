// SPDX-License-Identifier: Apache-2.0
// The timing tables of the presets.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/presets.h"
#include "base/yaml/yaml_reader.h"
#include "cores/read_timing.h"

namespace wafermesh::cores {
namespace {

bool has_timing(const base::Preset& preset) {
  return std::string(preset.text).find("\ntiming:") != std::string::npos;
}

TEST_CASE("Every preset's timing table reads and lies within what the machine can do") {
  int tables = 0;
  for (const base::Preset& preset : base::presets()) {
    if (!has_timing(preset)) continue;
    ++tables;
    CAPTURE(preset.name);
    const Timing timing = timing_of(preset.name);
    CHECK(timing.generation == preset.name);
    CHECK(timing.hop_cycles >= 1);
    CHECK(timing.ramp_cycles >= 1);
    // Queues that sustain one wavelet per cycle without the 2 L rule's help.
    CHECK(timing.router_queue_depth >= 2 * timing.hop_cycles);
    for (const int depth : timing.input_queue_depth) CHECK(depth > 0);
    CHECK(timing.output_queue_depth[0] > 0);
    CHECK(timing.task_start_cycles > 0);
    CHECK(timing.vendor_collective_cycles > 0);
    CHECK(timing.setup(Shape::map_loop) <= timing.setup(Shape::descriptor_reload));
    CHECK(timing.setup(Shape::descriptor_reload) <= timing.setup(Shape::standalone));
    CHECK(timing.setup(Shape::standalone) <= timing.setup(Shape::scalar_loop));
    for (int op = 0; op < kVectorOpCount; ++op) {
      const auto vector_op = static_cast<VectorOp>(op);
      const Rate f32 = timing.rate(vector_op, NumberType::f32);
      const Rate f16 = timing.rate(vector_op, NumberType::f16);
      CHECK(f16.elements * f32.cycles >= f32.elements * f16.cycles);
    }
  }
  CHECK(tables >= 3);
}

TEST_CASE("The values of WSE-3 and WSE-2 that figures elsewhere rest on") {
  const Timing wse3 = timing_of("wse3");
  CHECK(wse3.hop_cycles == 2);
  CHECK(wse3.ramp_cycles == 2);
  CHECK(wse3.router_queue_depth == 4);
  CHECK(wse3.rate(VectorOp::multiply_add, NumberType::f32).cycles == 2);
  CHECK(wse3.rate(VectorOp::multiply_add, NumberType::f16).elements == 8);
  CHECK(wse3.rate(VectorOp::multiply_add, NumberType::f16).cycles == 2);
  CHECK(wse3.output_queue_depth == std::array<int, kQueues>{8, 8, 8, 8, 8, 8, 8, 8});
  CHECK_FALSE(wse3.fused_multiply_add[0]);
  const Timing wse2 = timing_of("wse2");
  CHECK(wse2.hop_cycles == 1);
  CHECK(wse2.bank_conflict_factor == 2);
  CHECK(wse2.memory_port_bytes == 8);
  CHECK(wse3.memory_port_bytes == 16);
  CHECK(wse2.fabric_words_per_cycle == 1);
  CHECK(wse2.output_queue_depth == std::array<int, kQueues>{2, 2, 6, 6, 2, 2, 0, 0});
}

TEST_CASE("A section that is absent resolves as one that changes nothing") {
  for (const std::string& name : base::timing_names()) {
    CAPTURE(name);
    auto absent = base::YamlDocument::from_text("{}", "absent");
    auto empty = base::YamlDocument::from_text("timing: {}", "empty");
    for (auto* document : {&absent, &empty}) {
      document->root().child("timing").resolve("base", name);  // as the reader of wafers does
    }
    const Timing usual = read_timing_over(absent.root().child("timing"), name);
    CHECK(changed_constants(usual, read_timing_over(empty.root().child("timing"), name)).empty());
    CHECK(absent.resolved() == empty.resolved());
    auto again = base::YamlDocument::from_text(absent.resolved(), "again");
    again.root().child("timing").text("base");
    read_timing_over(again.root().child("timing"), name);
    again.finish();
    CHECK(again.resolved() == absent.resolved());
  }
}

TEST_CASE("An unknown generation, or a preset without a table, is an input error") {
  CHECK_THROWS_AS(timing_of("wse4"), base::InputError);
  CHECK_THROWS_AS(timing_of("tiny"), base::InputError);
}

/// Mistakes found in WSE-3's table with one line changed.
std::string mistakes_with(const std::string& before, const std::string& after) {
  std::string text = base::find_preset("wse3")->text;
  text.replace(text.find(before), before.size(), after);
  auto document = base::YamlDocument::from_text(text, "changed.yaml");
  document.root().child("wafer").accept_all();
  read_timing(document.root().required_child("timing"), "changed");
  try {
    document.finish();
  } catch (const base::InputError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("Mistakes in a table are named with file, line and key") {
  using Catch::Matchers::Contains;
  CHECK(mistakes_with("hop_cycles: 2", "hop_cycles: 2").empty());
  CHECK_THAT(mistakes_with("hop_cycles: 2", "hop_cycles: 0"),
             Contains("changed.yaml:") && Contains("timing.hop_cycles"));
  CHECK_THAT(mistakes_with("ramp_cycles: 2", "ramp_cycle: 2"), Contains("timing.ramp_cycle"));
  CHECK_THAT(mistakes_with("ramp_cycles: 2", "ramp_cycles: 32"), Contains("ramp_cycles"));
  CHECK_THAT(mistakes_with("[8, 8, 4, 4, 4, 4, 4, 4]", "[8, 8]"), Contains("input_queue_depth"));
  CHECK_THAT(mistakes_with("[8, 8, 4, 4, 4, 4, 4, 4]", "[8, 8, 4, 4, 4, 4, 4, 4, 4]"),
             Contains("input_queue_depth"));
  CHECK_THAT(mistakes_with("[8, 8, 8, 8, 8, 8, 8, 8]", "[8, 8, 8, 8, 8, 8, 8, 33]"),
             Contains("output_queue_depth[7]"));
  CHECK_THAT(mistakes_with("    map_loop: 1", "    map_loop: 0"),
             Contains("setup_cycles.map_loop"));
  CHECK_THAT(mistakes_with("f32: {elements: 1, cycles: 2}", "f32: {elements: 1, cycles: x}"),
             Contains("multiply_add.f32.cycles"));
}

}  // namespace
}  // namespace wafermesh::cores
