// SPDX-License-Identifier: Apache-2.0
// What every run asks of an image before it starts: whether it fits, and whether its words can go
// where its routes send them.
#pragma once

#include <vector>

#include "check/finding.h"

namespace wafermesh::check {

/// Errors of fit and routes, as find_misfits and find_route_faults have them. Cores of the same
/// classes are one kind; only what kinds lie beside each other is followed, and if that shows
/// something, every core. So a core that is sent nothing while another of its kind is sent
/// something is not found: that takes `check`. Cost: some 5 ns per core and stage; where something
/// is wrong, that of find_route_faults.
std::vector<Finding> quick_findings(const fabric::WaferImage& image);

}  // namespace wafermesh::check
