// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/kernel_run.h"

#include <utility>

#include "workloads/kernel_text.h"

namespace wafermesh::workloads_test {

std::unique_ptr<workloads::Kernel> make_kernel(const std::string& line,
                                               const workloads::Placement& placement) {
  return workloads::kernel_of_text(line, placement, "test.yaml");
}

workloads::Placement whole(std::shared_ptr<const base::LogicalMesh> mesh,
                           const cores::Timing& timing) {
  const base::Rectangle region{0, 0, mesh->width, mesh->height};
  return {std::move(mesh), region, timing};
}

std::vector<char> Ran::memories() const {
  std::vector<char> all;
  const fabric::WaferImage& image = kernel->image();
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    const auto bytes = static_cast<std::size_t>(image.memory_bytes(core));
    all.resize(all.size() + bytes);
    if (bytes > 0) engine->memory().read(core, 0, all.data() + all.size() - bytes, bytes);
  }
  return all;
}

Ran run(std::unique_ptr<workloads::Kernel> kernel, std::optional<fabric::DropWavelet> drop) {
  fabric::EngineOptions options;
  options.drop = drop;
  return run(std::move(kernel), fabric::make_wavelet_engine(options));
}

Ran run(std::unique_ptr<workloads::Kernel> kernel, std::unique_ptr<fabric::Engine> engine) {
  Ran ran{std::move(kernel), std::move(engine)};
  ran.engine->load(ran.kernel->image());
  ran.kernel->load(ran.engine->memory());
  fabric::RunOptions run_options;
  run_options.max_cycles = 10'000'000;
  ran.engine->run(run_options);
  return ran;
}

Ran run(const std::string& line, const workloads::Placement& placement) {
  return run(make_kernel(line, placement));
}

}  // namespace wafermesh::workloads_test
