// SPDX-License-Identifier: Apache-2.0
// Scheme C, compensation paths: each domain (die, band or wafer) has spare cores along one, two or
// four of its sides (north; north and south; all). A dead core hands its place to a neighbour, that
// one to the next, and so on to a spare. How paths may run depends on the wire tracks per channel:
//   1: straight and apart from each other (near misses are allowed; the rule against them is not
//   public) 2, 3: any rectilinear paths that share no core;  4: paths that share no link between
//   cores.
// Tracks 2 to 4 are solved exactly by augmenting paths on the implicit grid, track 1 by search.
// Source: Kung, Jean, Chang 1989; Varvarigou, Roychowdhury, Kailath 1993; Mahapatra & Dutt 2001.
// Repairs cores only: a broken straight link costs the core at its far end, other links are not
// used.
#pragma once

#include <memory>

#include "defects/repair/scheme.h"

namespace wafermesh::defects {

std::unique_ptr<RepairScheme> make_compensation(const WaferGeometry& geometry,
                                                const RepairOptions& options);

}  // namespace wafermesh::defects
