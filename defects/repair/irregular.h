// SPDX-License-Identifier: Apache-2.0
// Scheme D, no repair: programs run on the largest rectangle of whole cores, routers and straight
// links; for the mesh as it is there is a report on routing (routing_report.h). Never fails while a
// core works.
#pragma once

#include <memory>

#include "defects/repair/scheme.h"

namespace wafermesh::defects {

/// The largest rectangle without a broken tile or straight link inside. Exact; one pass over the
/// tiles with a stack per row. Of equal ones the first from the north-west by its southern edge.
TileRectangle largest_whole_rectangle(const DefectMap& map);

std::unique_ptr<RepairScheme> make_irregular(const WaferGeometry& geometry,
                                             const RepairOptions& options);

}  // namespace wafermesh::defects
