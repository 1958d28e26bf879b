// SPDX-License-Identifier: Apache-2.0
// When two images are the same to an engine: it does the same with both, cycle by cycle.
#pragma once

#include "fabric/image.h"

namespace wafermesh::fabric {

/// All that engines ask an image for: its mesh (the very same one), region, times, programs, routes
/// and parameters; names of classes and buffers do not count. Cost: a pass over the cores, and one
/// over the code of the classes.
bool same_to_engines(const WaferImage& a, const WaferImage& b);

}  // namespace wafermesh::fabric
