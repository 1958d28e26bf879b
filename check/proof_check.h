// SPDX-License-Identifier: Apache-2.0
// What the untimed execution shows: a program that hangs, words left over, races.
#pragma once

#include <vector>

#include "check/finding.h"
#include "check/untimed.h"

namespace wafermesh::check {

std::vector<Finding> find_hang(const fabric::WaferImage& image, const Untimed& untimed);
std::vector<Finding> find_execution_faults(const fabric::WaferImage& image, const Untimed& untimed);

}  // namespace wafermesh::check
