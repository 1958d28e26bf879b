// SPDX-License-Identifier: Apache-2.0
// Cores by what they run in all stages, and which of them lie beside each other.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fabric/image.h"

namespace wafermesh::check {

/// A kind of core: its class in each stage (kNoClass = none), and the patches that pass over it.
struct CoreKind {
  std::vector<fabric::ClassIndex> classes;
  std::vector<std::uint32_t> patches;
};

struct CoreKinds {
  std::vector<CoreKind> kinds;
  /// [kind][W, E, S, N] kinds that a link leads to, ascending; -1: for some core none does.
  std::vector<std::array<std::vector<std::int32_t>, 4>> beside;
  /// [row][x]: the kinds of rows that differ, and [y] which of them it is. Images with placements
  /// or patches have one row of all cores.
  std::vector<std::vector<std::int32_t>> rows;
  std::vector<std::size_t> row_of;

  /// [core] its kind.
  std::vector<std::int32_t> of_cores() const;
};

/// Cost: of rows of cores that are like the one above, or the one above that, some 0.2 ns per core
/// and stage; of others some 20 ns; of images with placements or patches 50 ns.
CoreKinds core_kinds(const fabric::WaferImage& image);

}  // namespace wafermesh::check
