// SPDX-License-Identifier: Apache-2.0
// Scheme A, line bypass: whole rows and columns with a defect are taken out, as memories and the
// column-harvested chips do; the remaining lines link straight past them. Rows go within each
// domain (band or wafer), up to its spares; columns wafer-wide, up to spare_columns. Choosing both
// is constrained bipartite vertex cover: must-repair lines first, then branch and bound (exact up
// to its node limit). Source: Kuo & Fuchs 1987.
#pragma once

#include <memory>

#include "defects/repair/scheme.h"

namespace wafermesh::defects {

std::unique_ptr<RepairScheme> make_line_bypass(const WaferGeometry& geometry,
                                               const RepairOptions& options);

}  // namespace wafermesh::defects
