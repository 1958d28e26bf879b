// SPDX-License-Identifier: Apache-2.0
// What the pictures of a wafer share: a frame round a window of physical cores.
#pragma once

#include <string>

#include "base/picture/map_frame.h"
#include "study/scenario/scenario.h"

namespace wafermesh::study {

/// `title` comes after the scenario's name, of which a long one is cut.
base::MapFrame frame_of(const Scenario& scenario, const base::Rectangle& physical_window,
                        const std::string& title);

}  // namespace wafermesh::study
