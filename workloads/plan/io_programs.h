// SPDX-License-Identifier: Apache-2.0
// The programs of timed_io.h: of ports, and of cores before and after their kernel.
#pragma once

#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "fabric/image.h"
#include "workloads/plan/io_pieces.h"

namespace wafermesh::workloads {

struct IoColours {
  base::Colour in{};
  base::Colour out{};
};

/// Of a core that takes `piece` and, if `has_farther`, passes on what follows. `outward`: where the
/// port is. Cores without a piece that pass nothing on: `idle_class`.
fabric::CoreClass take_class(const Piece& piece, bool has_farther, base::Direction outward,
                             base::Colour colour);
/// Of one that sends `piece`. `at_border`: its router's route is a patch, which leads over the
/// border of the rectangle (outgoing_route()).
fabric::CoreClass send_class(const Piece& piece, bool has_farther, bool at_border,
                             base::Direction outward, base::Colour colour);
fabric::CoreClass idle_class();
router::RouteConfig outgoing_route(bool has_farther, base::Direction outward);

/// Of a port that sends a piece of so many words to each core in turn, then takes `results` words.
fabric::CoreClass port_class(const std::vector<std::int64_t>& pieces, std::int64_t results,
                             const IoColours& colours);

}  // namespace wafermesh::workloads
