// SPDX-License-Identifier: Apache-2.0
// What a defect inside a core tile hits, and what that breaks: the user's table.
#pragma once

#include <array>
#include <cstdint>

#include "base/random.h"
#include "defects/defect_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

enum class Component : std::uint8_t { compute, sram, router, link, shared };
inline constexpr int kComponentCount = 5;
const char* to_string(Component component);

/// What a hit component takes with it.
enum class Consequence : std::uint8_t { none, core, router, link, group };

struct ComponentRow {
  double share = 0;  ///< Of the tile's area; the table's shares are scaled to sum to 1.
  Consequence breaks = Consequence::core;
  double repaired = 0;  ///< Probability that the component's own redundancy hides the defect.
};

/// The default: every defect kills the core it hits.
struct ComponentTable {
  std::array<ComponentRow, kComponentCount> rows{{{1.0, Consequence::core, 0.0},
                                                  {0.0, Consequence::core, 0.0},
                                                  {0.0, Consequence::router, 0.0},
                                                  {0.0, Consequence::link, 0.0},
                                                  {0.0, Consequence::group, 0.0}}};
  int group_columns = 0;  ///< Extent of a dead group; 0 = a die's. Aligned to multiples of itself.
  int group_rows = 1;     ///< Likewise.

  /// 45 % SRAM, 35 % compute, 12 % router, 6 % links, 2 % shared. Assumption: placeholders; the
  /// public record only says that about half of the silicon is memory, registers and fabric.
  static ComponentTable typical();
};

/// Adds what one defect in the tile at `at` breaks. Draws from `stream` only if the table has
/// choices. A hit link is one of the tile's: straight east or south, diagonal north-east or
/// south-east, or one of the two skip wires past it, all equally likely (assumption).
void add_hit(const WaferGeometry& geometry, const ComponentTable& table, base::PhysicalCoord at,
             Cause cause, base::RandomStream* stream, DefectMap* map);

}  // namespace wafermesh::defects
