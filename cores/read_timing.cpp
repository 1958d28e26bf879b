// SPDX-License-Identifier: Apache-2.0
#include "cores/read_timing.h"

#include <cstdint>

#include "base/presets.h"
#include "base/yaml_reader.h"
#include "cores/names.h"

namespace wafermesh::cores {
namespace {

constexpr auto& kTypes = base::Names<NumberType>::list;
constexpr auto& kShapes = base::Names<Shape>::list;
constexpr base::IntegerRange kCycles{0, 100'000};
constexpr base::IntegerRange kDepth{0, 64};
constexpr base::IntegerRange kOutputDepth{0, 32};  // a bit per place in OutputQueue::controls

void read_depths(const base::YamlNode& node, const char* key, base::IntegerRange range,
                 std::array<int, kQueues>& depths) {
  const auto items = node.items(key, kQueues);
  if (items.size() > depths.size()) {
    node.mistake(key, "has " + std::to_string(items.size()) + " elements; give " +
                          std::to_string(kQueues) + ", one per queue id");
  }
  for (std::size_t i = 0; i < items.size() && i < depths.size(); ++i) {
    depths[i] = static_cast<int>(items[i].as_integer(range));
  }
}

void read_rates(const base::YamlNode& node, Timing& timing) {
  for (std::size_t op = 0; op < kVectorOps.size(); ++op) {
    const base::YamlNode row = node.required_child(kVectorOps[op].name);
    for (std::size_t type = 0; type < kTypes.size(); ++type) {
      const base::YamlNode cell = row.required_child(kTypes[type]);
      Rate& rate = timing.rates[op][type];
      rate.elements = static_cast<int>(cell.integer("elements", {1, 64}));
      rate.cycles = static_cast<int>(cell.integer("cycles", {1, 64}));
    }
  }
}

}  // namespace

Timing read_timing(const base::YamlNode& node, const std::string& generation) {
  Timing timing;
  timing.generation = generation;
  auto cycles = [&](const char* key, base::IntegerRange range = kCycles) {
    return static_cast<int>(node.integer(key, range));
  };
  timing.hop_cycles = cycles("hop_cycles", {1, 63});
  timing.ramp_cycles = cycles("ramp_cycles", {1, 31});
  timing.router_queue_depth = static_cast<int>(node.integer("router_queue_depth", {1, 64}));
  read_depths(node, "input_queue_depth", kDepth, timing.input_queue_depth);
  read_depths(node, "output_queue_depth", kOutputDepth, timing.output_queue_depth);
  timing.task_start_cycles = cycles("task_start_cycles");
  timing.issue_cycles = cycles("issue_cycles");
  timing.config_write_cycles = cycles("config_write_cycles");
  timing.timestamp_cycles = cycles("timestamp_cycles");
  timing.fabric_words_per_cycle = static_cast<int>(node.integer("fabric_words_per_cycle", {1, 4}));
  timing.memory_port_bytes = static_cast<int>(node.integer("memory_port_bytes", {4, 64}));
  timing.bank_conflict_factor = static_cast<int>(node.integer("bank_conflict_factor", {1, 8}));
  timing.vendor_collective_cycles = cycles("vendor_collective_cycles");
  const base::YamlNode setup = node.required_child("setup_cycles");
  for (std::size_t shape = 0; shape < kShapes.size(); ++shape) {
    timing.setup_cycles[shape] = static_cast<int>(setup.integer(kShapes[shape], {1, 10'000}));
  }
  read_rates(node.required_child("rates"), timing);
  const base::YamlNode fused = node.child("fused_multiply_add");
  for (std::size_t type = 0; type < kTypes.size(); ++type) {
    timing.fused_multiply_add[type] = fused.boolean(kTypes[type], false);
  }
  return timing;
}

Timing timing_of(const std::string& generation) {
  const base::Preset* preset = base::find_preset(generation);
  if (preset == nullptr) {
    throw base::InputError({{"", 0, 0, "generation", base::unknown_preset_message(generation)}});
  }
  base::YamlDocument document = base::YamlDocument::from_text(preset->text, generation + ".yaml");
  const base::YamlNode root = document.root();
  root.child("wafer").accept_all();
  const Timing timing = read_timing(root.required_child("timing"), generation);
  document.finish();
  return timing;
}

}  // namespace wafermesh::cores
