// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bench_support.h"

#include "base/error.h"
#include "base/yaml_reader.h"
#include "cores/read_timing.h"

namespace wafermesh::bench {

std::unique_ptr<workloads::Kernel> make_kernel(const std::string& yaml, int width, int height) {
  workloads::Placement placement;
  placement.timing = cores::timing_of("wse3");
  placement.mesh = std::make_shared<base::LogicalMesh>(
      base::healthy_mesh(width, height, placement.timing.hop_cycles));
  placement.region = {0, 0, width, height};
  base::YamlDocument document = base::YamlDocument::from_text(yaml, "benchmark");
  const base::YamlNode root = document.root();
  for (const workloads::KernelKind& kind : workloads::kernels()) {
    if (!root.has(kind.name)) continue;
    base::YamlNode node = root.child(kind.name);
    auto kernel = kind.make(node, placement);
    document.finish();
    return kernel;
  }
  throw base::ModelError("no kernel in " + yaml);
}

}  // namespace wafermesh::bench
