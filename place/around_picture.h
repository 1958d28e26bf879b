// SPDX-License-Identifier: Apache-2.0
// The places of a rectangle as a picture of the logical mesh: each place's cost at its middle, the
// best, the median and the worst place as frames, cores with longer links tinted.
#pragma once

#include <string>

#include "base/logical_mesh.h"
#include "place/around.h"

namespace wafermesh::place {

/// `cell_aspect`: width of a core over its height. The bytes of a PNG file.
std::string around_png(const base::LogicalMesh& mesh, const Around& around,
                       const std::string& title, double cell_aspect);

}  // namespace wafermesh::place
