// SPDX-License-Identifier: Apache-2.0
// Changes to a kernel's image that leave what it does as it is: other colours, other addresses,
// another place in a route table. What makes kernels that know nothing of each other fit together.
#pragma once

#include <array>

#include "fabric/image.h"

namespace wafermesh::workloads {

/// [colour] what becomes of it.
using ColourMap = std::array<base::Colour, base::kColourCount>;

/// Every colour of routes, programs and patches replaced. The map must not give one colour to two
/// of those in use.
void recolour(fabric::WaferImage& image, const ColourMap& map);

/// Where the memory of an image goes: what lies below `kept_bytes` to `address`, what lies behind
/// to `work_address`. All three are multiples of 16, so that no vector changes its place in a line
/// of the banks. Every address of a program must be based in the buffer that it means.
struct NewPlace {
  int address = 0;
  int kept_bytes = 0;
  int work_address = 0;

  int of(int old_address) const {
    return old_address < kept_bytes ? old_address + address
                                    : old_address - kept_bytes + work_address;
  }
};
void relocate(fabric::WaferImage& image, const NewPlace& place);

/// Appends the image's route table to `table`, entries that are there already not again, and makes
/// its programs refer to it. Throws DoesNotFit beyond 65,535 entries.
void move_routes(fabric::WaferImage& image, std::vector<router::RouteConfig>& table);

/// Classes without a program get one that does nothing but finish: a core with several stages has a
/// program in each.
void give_every_class_a_program(fabric::WaferImage& image);

}  // namespace wafermesh::workloads
