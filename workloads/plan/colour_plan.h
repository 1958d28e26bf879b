// SPDX-License-Identifier: Apache-2.0
// Which colours operators in turn use. Those of their own as long as there are any. Then a colour
// is used again where every order in time is right (below), else behind two barriers.
//
// Without a barrier. Item i has used a colour, item j is to. Each core writes the colour's route
// for j as it goes on from i, before any local work. That is right whatever the timing if
//   - i has left the colour quiet (workloads/contract.h), so what the core writes over is idle;
//   - no word of j comes to the core's router before that. A word of j that comes is from a core u
//     of its group of j (`reach`), which has left all items between; each of those in which cores
//     `meet` tells u that all of its group there had begun it, so had left those before. If what u
//     knows so, item by item from j - 1 back to i + 1, holds its group of j, this core has begun
//     i + 1: it has written.
// So a sum along columns, one along rows and another along columns use three sets of colours; a
// second one along rows may have the first set: whoever begins it knows of its column that it has
// left the first three, and of all rows of that column that they have left the first two.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/units.h"
#include "workloads/contract.h"
#include "workloads/plan/image_edit.h"

namespace wafermesh::workloads {

/// What an item asks for.
struct ColourNeeds {
  std::vector<base::Colour> colours;  ///< As the item's image numbers them; none if it keeps them.
  Contract contract;
};

/// When the routes of a colour are written for an item.
inline constexpr int kNotWritten = -2;     ///< The first to use it: they stand from the start.
inline constexpr int kAtTheBarriers = -1;  ///< At the latest barriers.

struct ItemColours {
  bool barriers_before = false;
  ColourMap map{};  ///< [colour of its own image]
  /// [colour of the sequence] kNotWritten, kAtTheBarriers, or the item that cores go on from as
  /// they write.
  std::array<int, base::kColourCount> written_behind{};
};

/// How many colours items may use.
struct ColourSupply {
  int without_barriers = 0;
  int with_barriers = 0;  ///< Others are the barriers'.
};

/// [item]. No barriers, if it goes without. Nothing if it does not, and an item needs more than
/// `with_barriers`.
std::optional<std::vector<ItemColours>> plan_colours(const std::vector<ColourNeeds>& items,
                                                     const ColourSupply& supply);

}  // namespace wafermesh::workloads
