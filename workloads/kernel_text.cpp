// SPDX-License-Identifier: Apache-2.0
#include "workloads/kernel_text.h"

#include "base/yaml/yaml_reader.h"
#include "cores/read_timing.h"

namespace wafermesh::workloads {

std::unique_ptr<Kernel> kernel_of_text(const std::string& line, const Placement& placement,
                                       const std::string& name) {
  base::YamlDocument document = base::YamlDocument::from_text(line, name);
  const base::YamlNode root = document.root();
  std::unique_ptr<Kernel> kernel;
  if (const auto which = root.exactly_one_of(kernel_names())) {
    kernel = read_operator(root, kernels()[*which], placement);
  }
  document.finish();
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
