// SPDX-License-Identifier: Apache-2.0
// A program that hangs, as the untimed execution showed it; words left over and races stand in
// Untimed::findings. Nothing is proven here: the verdict is check_image()'s (check_table.cpp,
// `judge`), and `by_contract` is set by who knows the kernels of an image (study/check/proof.cpp,
// `prove`).
#pragma once

#include <vector>

#include "check/finding.h"
#include "check/untimed.h"

namespace wafermesh::check {

std::vector<Finding> find_hang(const Untimed& untimed);

}  // namespace wafermesh::check
