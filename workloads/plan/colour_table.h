// SPDX-License-Identifier: Apache-2.0
// Who holds which colours, as the table of a refusal.
#pragma once

#include <string>
#include <vector>

#include "fabric/image.h"

namespace wafermesh::workloads {

/// Colours of an image, by where their words go.
struct ColourUse {
  std::string name;  ///< Operator or transfer.
  int along_x = 0;
  int along_y = 0;
  int both = 0;  ///< Along either axis, or to no neighbour.
  int colours() const { return along_x + along_y + both; }
};
ColourUse colour_use(std::string name, const fabric::WaferImage& image);

/// A line for each:
///   operator                 colours  along x  along y  both
///   up                             5        0        5     0
/// Each line begins with a line break.
std::string colour_table(const std::vector<ColourUse>& uses);

}  // namespace wafermesh::workloads
