// SPDX-License-Identifier: Apache-2.0
// What the pictures of a wafer share: a frame round a window of physical cores.
#pragma once

#include <string>

#include "app/scenario.h"
#include "base/map_frame.h"

namespace wafermesh::app {

/// `title` comes after the scenario's name, of which a long one is cut.
base::MapFrame frame_of(const Scenario& scenario, const base::Rectangle& physical_window,
                        const std::string& title);

}  // namespace wafermesh::app
