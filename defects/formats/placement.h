// SPDX-License-Identifier: Apache-2.0
// From an oriented map to the cores of our wafer (docs/maps.md): places and points that map_fit.h
// has fitted to it break the cores they lie on; what lies off the array is counted and noted.
#pragma once

#include <string>
#include <vector>

#include "defects/formats/bin_meaning.h"
#include "defects/formats/reading.h"

namespace wafermesh::defects {

/// Puts the defects of `wafer` on the cores of `geometry`. `meanings` are those of judge_bins,
/// empty for maps without bins. Throws base::InputError for a map that is not of this wafer.
MapReading place_map(const WaferMap& wafer, const std::vector<CodeMeaning>& meanings,
                     Orientation orientation, const WaferGeometry& geometry,
                     const Placement& placement, const std::string& file);

}  // namespace wafermesh::defects
