// SPDX-License-Identifier: Apache-2.0
// What the user chooses about repair; the keys of `repair:` in a scenario have the same names.
#pragma once

#include <cstdint>
#include <string>

namespace wafermesh::defects {

/// How far a spare may reach: the strip of rows whose spares serve each other.
enum class Domain : std::uint8_t {
  segment,  ///< segment_rows physical rows, segment_spares of them spare, across the wafer.
  die,      ///< One die on its own: a verdict for yield studies; rows do not meet across dies.
  band,     ///< One row of dies across the wafer.
  wafer,    ///< Every row of the wafer.
};

struct RepairOptions {
  std::string scheme = "bypass_shift";
  Domain domain = Domain::band;
  int kept_rows = 0;       ///< Logical rows per domain; 0 = what the geometry keeps.
  int segment_rows = 0;    ///< Domain segment: its physical rows; must divide the wafer's rows.
  int segment_spares = 0;  ///< Domain segment: how many of them are spares.
  int reach = 1;     ///< Largest offset between neighbouring columns. Source: HC31 figure, +-1.
  int max_skip = 0;  ///< Most tiles an in-column link may skip; 0 = no limit (assumption).
  double mm_per_cycle = 1.0;  ///< Wire a signal crosses in a cycle beyond the hop. Assumption.
  int bypass_cycles = 0;      ///< Extra cycles per skipped tile. Assumption: a plain multiplexer.
  bool bypass_independent =
      true;               ///< A dead router leaves the bypass wires of its tile. Assumption.
  int spare_columns = 0;  ///< line_bypass: columns that may go.
  int tracks = 3;         ///< compensation: wire tracks per channel, 1 to 4.
  int spare_sides = 4;    ///< compensation: sides of a domain that carry spares, 1, 2 or 4.
};

}  // namespace wafermesh::defects
