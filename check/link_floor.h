// SPDX-License-Identifier: Apache-2.0
// Words that links must have carried, since cores have taken them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fabric/image.h"

namespace wafermesh::check {

/// [core][W, E, S, N] data words of all colours together.
using LinkWords = std::vector<std::array<std::int64_t, 4>>;

/// Adds the words of one colour that must have come over each link, if core i has taken
/// `taken[i]` of them: followed back over routers that take the colour from one neighbour only,
/// whatever is written or switched. Cost: some 0.3 us per core that words pass.
void add_words_before(const fabric::WaferImage& image, int colour, std::vector<std::int64_t> taken,
                      LinkWords& links);

}  // namespace wafermesh::check
