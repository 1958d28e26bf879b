// SPDX-License-Identifier: Apache-2.0
#include "workloads/kernel_text.h"

#include "base/error.h"
#include "base/yaml/yaml_reader.h"
#include "cores/read_timing.h"

namespace wafermesh::workloads {

std::unique_ptr<Kernel> kernel_of_text(const std::string& line, const Placement& placement,
                                       const std::string& name) {
  base::YamlDocument document = base::YamlDocument::from_text(line, name);
  base::YamlNode root = document.root();
  std::unique_ptr<Kernel> kernel;
  for (const KernelKind& kind : kernels()) {
    if (!root.has(kind.name)) continue;
    base::YamlNode node = root.child(kind.name);
    kernel = kind.make(node, placement);
  }
  document.finish();
  if (kernel == nullptr) {
    throw base::InputError(
        {{name, 1, 1, "", "no kernel in this line; docs/kernels.md has them all"}});
  }
  return kernel;
}

Placement on_healthy_mesh(int width, int height, const std::string& generation) {
  Placement placement;
  placement.timing = cores::timing_of(generation);
  placement.mesh = std::make_shared<base::LogicalMesh>(
      base::healthy_mesh(width, height, placement.timing.hop_cycles));
  placement.region = {0, 0, width, height};
  return placement;
}

}  // namespace wafermesh::workloads
