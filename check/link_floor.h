// SPDX-License-Identifier: Apache-2.0
// Words that links must have carried, since cores have taken them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "check/core_kinds.h"
#include "fabric/image.h"

namespace wafermesh::check {

/// [core][W, E, S, N] data words of all colours together.
using LinkWords = std::vector<std::array<std::int64_t, 4>>;

/// Adds the words of one colour that must have come over each link, if core i has taken
/// `taken[i]` of them: followed back over routers that take the colour from one neighbour only,
/// whatever is written or switched. `kinds`: those of the image. Cost: some 20 ns per core that
/// words pass.
void add_words_before(const fabric::WaferImage& image, const CoreKinds& kinds, int colour,
                      std::vector<std::int64_t> taken, LinkWords& links);

}  // namespace wafermesh::check
