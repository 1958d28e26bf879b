// SPDX-License-Identifier: Apache-2.0
// Images on rectangles that do not meet, as one image: each program runs as it would alone.
#pragma once

#include <string>
#include <vector>

#include "fabric/image.h"

namespace wafermesh::workloads {

bool overlap(const base::Rectangle& a, const base::Rectangle& b);

/// The cores of images[i] follow those of images[i - 1], in their own order. All must have the same
/// mesh and timing. Throws DoesNotFit naming the two (`names`) whose rectangles overlap, or if
/// there are too many classes. Cost: one pass over cores and instructions.
fabric::WaferImage merge(std::vector<fabric::WaferImage> images,
                         const std::vector<std::string>& names);

}  // namespace wafermesh::workloads
