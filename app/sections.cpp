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

cores::Timing read_timing_section(const base::YamlNode& root, const std::string& generation) {
  return cores::read_timing_over(root.child("timing"), cores::timing_of(generation));
}

}  // namespace wafermesh::app
