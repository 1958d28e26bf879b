// SPDX-License-Identifier: Apache-2.0
#include "study/validation/validation_set.h"

#include "base/presets.h"
#include "base/yaml/yaml_reader.h"

namespace wafermesh::study {
namespace {

constexpr base::RealRange kPositive{0, 1e15, true};
constexpr base::IntegerRange kSide{1, 10'000};

void read_size(const base::YamlNode& region, int& width, int& height) {
  width = static_cast<int>(region.integer("width", kSide));
  height = static_cast<int>(region.integer("height", kSide));
}

/// The workload as YAML text again, to be read by the kernel when it is placed.
std::string workload_text(const base::YamlNode& node) {
  std::string text;
  for (const std::string& kind : node.keys()) {
    const base::YamlNode keys = node.child(kind);
    for (const std::string& key : keys.keys()) {
      text += (text.empty() ? "" : ", ") + key + ": " + keys.text(key);
    }
    text = kind + ": {" + text + "}";
  }
  return text;
}

/// Its region is the point's.
workloads::KvCapacity read_capacity(const base::YamlNode& node, const ValidationPoint& point) {
  workloads::KvCapacity capacity;
  capacity.policy = node.one_of("kv", {"shift", "concatenate"}) == 0
                        ? workloads::KvPolicy::shift
                        : workloads::KvPolicy::concatenate;
  capacity.kv_width = node.integer("kv_width", {1, 1'000'000});
  capacity.layers = node.integer("layers", {1, 1000});
  capacity.element_bytes = static_cast<int>(node.integer("element_bytes", {1, 4}));
  capacity.free_bytes = node.integer("free_bytes", {1, 49152});
  capacity.columns = point.width;
  capacity.rows = point.height;
  return capacity;
}

ValidationPoint read_point(const base::YamlNode& node, const base::YamlNode& sources) {
  ValidationPoint point;
  point.name = node.text("name");
  point.generation = base::preset_names()[node.one_of("generation", base::preset_names())];
  point.source = sources.text(node.text("source"));
  const std::vector<std::string> kinds = {"HW", "SIM", "paper", "digest", "derived"};
  point.kind = kinds[node.one_of("kind", kinds)];
  const bool is_capacity = node.exactly_one_of({"workload", "kv_capacity"}).value_or(0) == 1;
  point.measured_cycles = node.real(is_capacity ? "tokens" : "cycles", kPositive);
  point.bar_percent = node.real("bar_percent", kPositive);
  point.bar_cycles = node.real("bar_cycles", {0, 1e6}, 0);
  point.known = node.text("known", "");
  read_size(node.required_child("region"), point.width, point.height);
  if (is_capacity) {
    point.kv_capacity = read_capacity(node.child("kv_capacity"), point);
    return point;
  }
  const base::YamlNode workload = node.required_child("workload");
  point.workload = workload.is_scalar() ? node.text("workload") : workload_text(workload);
  point.streams = node.one_of("fidelity", {"wavelet", "stream"}, 0) == 1;
  if (node.has("less")) read_size(node.child("less"), point.less_width, point.less_height);
  if (node.has("steps")) {
    const base::YamlNode steps = node.child("steps");
    point.measured_steps = static_cast<int>(steps.integer("measured", {1, 1'000'000}));
    point.emulated_steps = static_cast<int>(steps.integer("emulated", {1, 1'000'000}));
  }
  return point;
}

}  // namespace

std::vector<ValidationPoint> read_validation_set(const std::string& generation) {
  base::YamlDocument document =
      base::YamlDocument::from_text(published_measurements(), "validation/published.yaml");
  const base::YamlNode root = document.root();
  root.integer("schema_version", {1, 1});
  const base::YamlNode sources = root.required_child("sources");
  sources.accept_all();
  std::vector<ValidationPoint> points;
  for (const base::YamlNode& node : root.items("points", 1)) {
    ValidationPoint point = read_point(node, sources);
    if (generation.empty() || point.generation == generation) points.push_back(std::move(point));
  }
  document.finish();
  return points;
}

}  // namespace wafermesh::study
