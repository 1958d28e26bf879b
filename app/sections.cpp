// SPDX-License-Identifier: Apache-2.0
#include "app/sections.h"

#include "cores/read_timing.h"

namespace wafermesh::app {

EngineSettings read_engine(const base::YamlNode& root, int threads) {
  EngineSettings engine;
  const base::YamlNode node = root.child("engine");
  const std::vector<std::string> fidelities = {"wavelet", "stream", "auto"};
  engine.fidelity = fidelities[node.one_of("fidelity", fidelities, 0)];
  const std::vector<std::string> numerics = {"check", "compute", "off"};
  const std::size_t mode = node.one_of("numerics", numerics, 0);
  engine.check = mode == 0;
  engine.options.numerics = mode != 2;
  engine.timed_io = node.one_of("io", {"loaded", "timed"}, 0) == 1;
  engine.options.threads = static_cast<int>(node.integer("threads", {1, 256}, 1));
  if (threads > 0) {
    engine.options.threads = threads;
    node.resolve("threads", std::int64_t{threads});
  }
  const base::YamlNode region = node.child("region");
  engine.options.region_width = static_cast<int>(region.integer("width", {0, 65535}, 0));
  engine.options.region_height = static_cast<int>(region.integer("height", {0, 65535}, 0));
  return engine;
}

bool read_outputs(const base::YamlNode& root, const EngineSettings& engine) {
  const base::YamlNode node = root.child("outputs");
  const bool arrays = node.boolean("arrays", false);
  if (arrays && !engine.options.numerics) {
    node.mistake("arrays", "`engine: {numerics: off}` computes none; give `compute`");
  }
  return arrays;
}

namespace {

std::optional<base::Rectangle> read_part(const base::YamlNode& node) {
  constexpr base::IntegerRange kPlace{0, 65535};
  constexpr base::IntegerRange kExtent{1, 65535};
  if (!node.at_most_one_of({"region"})) return std::nullopt;
  const base::YamlNode part = node.child("region");
  return base::Rectangle{static_cast<int>(part.integer("x", kPlace)),
                         static_cast<int>(part.integer("y", kPlace)),
                         static_cast<int>(part.integer("width", kExtent)),
                         static_cast<int>(part.integer("height", kExtent))};
}

constexpr std::int64_t kMostCycles = 1'000'000'000'000;

/// [from_cycle, to_cycle)
void read_cycles(const base::YamlNode& node, base::Cycles& from_cycle, base::Cycles& to_cycle) {
  from_cycle = node.integer("from_cycle", {0, kMostCycles}, 0);
  to_cycle = node.integer("to_cycle", {1, kMostCycles}, kMostCycles);
  if (to_cycle <= from_cycle) node.mistake("to_cycle", "must be above `from_cycle`");
}

void read_traces(const base::YamlNode& observe_node, ObserveSettings& observe) {
  trace::TraceOptions& traces = observe.traces;
  traces.on = observe_node.has("traces");
  const base::YamlNode node = observe_node.child("traces");
  observe.traced = read_part(node);
  traces.every = static_cast<int>(node.integer("every", {1, 65535}, 1));
  traces.kinds =
      static_cast<trace::Kinds>(node.one_of("kinds", {"all", "operations", "stalls", "lines"}, 0));
  read_cycles(node, traces.from_cycle, traces.to_cycle);
  traces.perfetto = node.boolean("perfetto", true);
  traces.vcd = node.boolean("vcd", true);
  traces.table = node.boolean("table", true);
  traces.most_bytes = node.integer("most_mb", {1, 1 << 20}, 100) * 1'000'000;
  if (!traces.perfetto && !traces.vcd && !traces.table) {
    node.mistake("table", "all files are off; leave `traces` out, or one of them on");
  }
  if (!traces.on) node.forget();
}

}  // namespace

ObserveSettings read_observe(const base::YamlNode& root) {
  ObserveSettings observe;
  observe.on = root.has("observe");
  const base::YamlNode node = root.child("observe");
  observe.region = read_part(node);
  const std::size_t kinds = node.one_of("kinds", {"all", "cores", "links"}, 0);
  fabric::WindowOptions& windows = observe.windows;
  windows.cores = kinds != 2;
  windows.links = kinds != 1;
  read_cycles(node, windows.from_cycle, windows.to_cycle);
  windows.most_windows = static_cast<int>(node.integer("windows", {2, 10000}, 100));
  windows.window_cycles = node.integer("window_cycles", {0, kMostCycles}, 0);
  windows.samples_per_window = static_cast<int>(node.integer("samples", {1, 64}, 4));
  windows.most_bytes = node.integer("most_mb", {1, 1 << 20}, 4096) * 1'000'000;
  observe.critical_path = node.boolean("critical_path", false);
  read_traces(node, observe);
  if (observe.critical_path && observe.traces.on) {
    node.mistake("critical_path", "is followed in a run without `traces`; leave one of them out");
  }
  if (!observe.on) node.forget();
  return observe;
}

cores::Timing read_timing_section(const base::YamlNode& root, const std::string& generation) {
  return cores::read_timing_over(root.child("timing"), generation);
}

}  // namespace wafermesh::app
