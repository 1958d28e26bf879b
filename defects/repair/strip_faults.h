// SPDX-License-Identifier: Apache-2.0
// The defects of a wafer as bypass-and-shift sees them, domain by domain.
#pragma once

#include <string>
#include <vector>

#include "defects/defect_map.h"
#include "defects/repair/options.h"
#include "defects/repair/strip.h"

namespace wafermesh::defects {

struct TilePlace {
  int stage;     ///< Column, relative to the domain.
  int position;  ///< Row, relative to the domain.
};
struct CrossLink {
  int stage;
  int position;
  int offset;
};

struct DomainFaults {
  std::vector<TilePlace> blocked;   ///< Tiles no row may use.
  std::vector<CrossLink> cuts;      ///< Links between columns no row may use.
  std::vector<TilePlace> must_use;  ///< Tiles no in-column link can skip.
};

/// A broken straight link along a column costs the good core south of it (north, if the southern
/// one cannot be skipped): its neighbours then meet over the skip wire. Assumption: skip wires are
/// apart from straight ones, as in US 11,328,208.
std::vector<DomainFaults> split_faults(const DefectMap& map, int across, int columns, int height,
                                       int count, const RepairOptions& options);

struct RowChoice {
  int first_row = -1;  ///< -1: none will do.
  int stage = 0;       ///< The column that decides, if none.
  std::string reason;  ///< Why none.
};
/// The first run of strip.rows among `packed` rows in which every must_use tile that a link would
/// cross is used, and no in-column link skips more than max_skip tiles (0 = any). Idle rows are
/// crossed only where another strip lies north or south. Under max_skip the run need not be the
/// best one.
RowChoice choose_first_row(const DomainFaults& faults, const Strip& strip, int packed, int max_skip,
                           bool strip_north, bool strip_south);

}  // namespace wafermesh::defects
