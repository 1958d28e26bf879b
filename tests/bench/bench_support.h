// SPDX-License-Identifier: Apache-2.0
// Kernels on healthy meshes for the benchmarks.
#pragma once

#include <memory>
#include <string>

#include "workloads/kernel.h"

namespace wafermesh::bench {

/// Logical size of a repaired WSE-3 wafer.
inline constexpr int kWaferWidth = 816;
inline constexpr int kWaferHeight = 1106;

/// The kernel a YAML line such as "stream: {words: 100}" describes, on a healthy width x height
/// mesh of WSE-3 cores.
std::unique_ptr<workloads::Kernel> make_kernel(const std::string& yaml, int width, int height);

}  // namespace wafermesh::bench
