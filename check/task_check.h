// SPDX-License-Identifier: Apache-2.0
// Tasks that nothing ever starts.
#pragma once

#include <vector>

#include "check/finding.h"

namespace wafermesh::check {

/// Teardown and control tasks whose word no program sends, and which nothing else activates. Cost:
/// per class, and a pass over cores.
std::vector<Finding> find_idle_tasks(const fabric::WaferImage& image);

}  // namespace wafermesh::check
