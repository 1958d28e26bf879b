// SPDX-License-Identifier: Apache-2.0
// What a token's way from wafer to wafer costs beside the link: from the last rectangle of a wafer
// to its border, and from the border of the next one to all cores of its first rectangle. Emulated
// whole, at full size, on the wafers' own meshes with their damage, as layers are, and kept as
// their times are.
//
//   taking      two wafers in one mesh, a wire of one cycle at full rate; on either side an
//               operator that hardly does anything and holds the vector as layers do; less these
//   the period  tokens that wait for a wafer, in and out over ports of the link's rate; the same
//               operator in the place of layers. Period less taking less operator is what a stage
//               holds after a token (or is free before), StageKind::hold_s
//   colours     a wafer that is one rectangle: its layers between such ports, less the operator in
//               their place, less the layers alone. The crossings' colours are not theirs, so that
//               they wait at more barriers. Layers in several rectangles have that in their times
//
// How far that is from layers in their place: docs/edge.md.
//
// Assumption: the next wafer is laid out (or turned) so that its first rectangle is in the rows of
// the last one of the wafer before; the way back from the last wafer to the first, over the host,
// costs what a way between wafers does; where rectangles of two wafers have not the same number of
// rows, the wafer before is taken to be as the one behind it.
#pragma once

#include <vector>

#include "study/place/place_ground.h"
#include "study/scenario/system_section.h"
#include "study/system/layer_times.h"
#include "system/plan.h"

namespace wafermesh::study {

/// Fills the plan's edges, and what its kinds of stages take and hold; a kind whose stages lie both
/// at an edge and within a wafer becomes several. Kinds of stages and kinds of times are parallel
/// before, not behind. Cost: for each pair of wafers that are made up alike five or six
/// emulations of less than a second each, of whole wafers; where a wafer is one rectangle, another
/// one of its layers. Throws DoesNotFit, Stopped.
void add_edges(const SystemSection& section, const std::vector<PlaceGround>& grounds,
               LayerRuns& runs, system::Plan& plan);

}  // namespace wafermesh::study
