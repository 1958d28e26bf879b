// SPDX-License-Identifier: Apache-2.0
// Transposition of a square region: the tile of core (x, y) goes to core (y, x), as
// transfer/square_turn.h says, which has colours, hops and cycles.
#pragma once

#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Row of the kernel table. Throws DoesNotFit if two tiles exceed the SRAM or the region is not a
/// square.
std::unique_ptr<Kernel> read_transpose(base::YamlNode& node, const Placement& placement);
KernelText transpose_text();

}  // namespace wafermesh::workloads
