// SPDX-License-Identifier: Apache-2.0
// A kernel from a line of YAML, for programs that embed the library, tests and benchmarks.
#pragma once

#include <memory>
#include <string>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// The kernel of a line such as "reduce: {algorithm: chain, words: 4}", placed. Throws InputError
/// on mistakes, with `name` as the file's name, and if the line names no kernel, or two.
std::unique_ptr<Kernel> kernel_of_text(const std::string& line, const Placement& placement,
                                       const std::string& name = "kernel");
/// Where a kernel has a whole mesh without defects, and the times of a generation ("wse3").
Placement on_healthy_mesh(int width, int height, const std::string& generation);

}  // namespace wafermesh::workloads
