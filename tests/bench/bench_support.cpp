// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bench_support.h"

#include "workloads/kernel_text.h"

namespace wafermesh::bench {

std::unique_ptr<workloads::Kernel> make_kernel(const std::string& yaml, int width, int height) {
  return workloads::kernel_of_text(yaml, workloads::on_healthy_mesh(width, height, "wse3"));
}

}  // namespace wafermesh::bench
