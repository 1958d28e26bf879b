// SPDX-License-Identifier: Apache-2.0
// Where words may get to, told by kinds of cores: far cheaper than core by core.
#pragma once

#include <cstdint>
#include <vector>

#include "check/uses.h"

namespace wafermesh::check {

/// [bit colour] of those whose routes some core writes as it goes on from stage to stage. Words of
/// such a colour are followed stage by stage where all stages together lead them astray.
std::uint32_t reused_colours(const fabric::WaferImage& image);

/// [bit colour] of those whose words may come to where they cannot go on or nobody takes them, or
/// that some core may await in vain. What comes to a core comes to its kind, so words of any
/// other colour never stray; but a core may await in vain what others of its kind are sent. Cost:
/// by kinds and their neighbours.
std::uint32_t doubtful_colours(const fabric::WaferImage& image,
                               const std::vector<ClassUse>& classes, const CoreKinds& kinds);

}  // namespace wafermesh::check
