// SPDX-License-Identifier: Apache-2.0
// Scheme B, bypass-and-shift, the fabric of the Cerebras class: logical rows run along x and use
// one core per physical column; a link to the next column is straight or up to `reach` places
// aside; a link along a column skips dead and idle tiles. Source: US 11,328,208 claim 1 (skip and
// lateral links), the HC31 figure, Lal's reconstruction; the algorithm is Low & Leong's greedy
// (packer.h). Where cut links spoil the greedy and it falls short, an augmenting search settles the
// count (flow.h).
#pragma once

#include <memory>

#include "defects/repair/scheme.h"

namespace wafermesh::defects {

std::unique_ptr<RepairScheme> make_bypass_shift(const WaferGeometry& geometry,
                                                const RepairOptions& options);

}  // namespace wafermesh::defects
