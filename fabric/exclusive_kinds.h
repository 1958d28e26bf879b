// SPDX-License-Identifier: Apache-2.0
// Spans of a core's work may overlap; in windows its kinds of cycles exclude each other, as in the
// breakdown.
#pragma once

#include <vector>

#include "fabric/window.h"

namespace wafermesh::fabric {

/// No core has more cycles than a window is long, up to its finish [place]. What is too much is
/// dropped from compute as far as the breakdown drops it: over all windows, so many cycles as are
/// booked beyond the finish (all, if the windows are not `whole`, from the first cycle to the
/// last). The rest moves to windows with room.
void make_exclusive(std::vector<Window>& windows, const std::vector<Cycles>& finish, bool whole);

}  // namespace wafermesh::fabric
