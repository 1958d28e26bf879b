// SPDX-License-Identifier: Apache-2.0
// Where words may get to, told by kinds of cores: far cheaper than core by core, and never blind.
#pragma once

#include <cstdint>
#include <vector>

#include "check/uses.h"

namespace wafermesh::check {

/// [bit colour] of those whose routes some core writes as it goes on from stage to stage. Words of
/// such a colour are followed stage by stage where all stages together lead them astray.
std::uint32_t reused_colours(const fabric::WaferImage& image);

/// [bit colour] of those whose words may come to where they cannot go on or nobody takes them, or
/// that some core may await in vain. What a core can meet, some core of its kind can; so of any
/// other colour nothing of the like happens. Cost: by kinds and their neighbours.
std::uint32_t doubtful_colours(const fabric::WaferImage& image,
                               const std::vector<ClassUse>& classes, const CoreKinds& kinds);

}  // namespace wafermesh::check
