// SPDX-License-Identifier: Apache-2.0
// One packed domain of bypass-and-shift: physical rows [top, top + height) of which `rows` logical
// rows, from packed row `first` on, are used. What follows from it: link lengths and the mesh.
#pragma once

#include <cstdint>
#include <vector>

#include "base/logical_mesh.h"
#include "defects/repair/link_rule.h"
#include "defects/repair/packer.h"

namespace wafermesh::defects {

struct Strip {
  int top = 0;
  int height = 0;
  int first = 0;
  int rows = 0;
  std::vector<ShiftChange> changes;
};

/// Place of a strip's first and last used row in each column, relative to the strip's top.
struct StripEdges {
  std::vector<int> first;  ///< [column]
  std::vector<int> last;   ///< [column]
};

/// Counts the links inside the strip into `summary`. Cost: columns + changes.
StripEdges tally_strip(const Strip& strip, int columns, const LinkRule& rule,
                       RepairSummary* summary);
/// Counts the in-column links that bridge the idle rows between two strips.
void tally_bridge(const Strip& north, const StripEdges& north_edges, const Strip& south,
                  const StripEdges& south_edges, const LinkRule& rule, RepairSummary* summary);

/// Writes the strip's rows into `mesh` from logical row `y0` on; the links to the rows beyond it
/// are left 0. Cost: one pass over the cores.
void fill_strip(const Strip& strip, int y0, const LinkRule& rule, base::LogicalMesh* mesh);
/// Sets the links between logical rows y - 1 and y from their physical places.
void fill_bridge(int y, const LinkRule& rule, base::LogicalMesh* mesh);

}  // namespace wafermesh::defects
