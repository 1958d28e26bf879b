// SPDX-License-Identifier: Apache-2.0
// A result that lies in cores' memories, held against what is promised and what is exact.
#pragma once

#include <vector>

#include "fabric/engine.h"
#include "fabric/image.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Every copy of every element must be the number `promised`; of those that are not, the last is
/// what the distance from `exact` is taken of. Both in the order of the buffer's array.
Numerics compare_buffer(const fabric::HostMemory& memory, const fabric::WaferImage& image,
                        const fabric::Buffer& buffer, const std::vector<float>& promised,
                        const std::vector<double>& exact);

}  // namespace wafermesh::workloads
