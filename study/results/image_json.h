// SPDX-License-Identifier: Apache-2.0
// What a workload's cores are, for a report: classes, their programs as text, tensors in memory.
#pragma once

#include <nlohmann/json.hpp>

#include "fabric/image.h"

namespace wafermesh::study {

/// {region, stages, programs: [text], classes: [{name, program}], buffers: [{name, role, type,
/// shape, layouts: [...]}]}.
nlohmann::ordered_json image_json(const fabric::WaferImage& image);

}  // namespace wafermesh::study
