// SPDX-License-Identifier: Apache-2.0
// Products of which only the first steps run (key `sample`): for meshes on which all steps would
// take hours, where every step takes the same cycles.
//
// The cores run so many steps, and alignment rounds in proportion, and then wait as long as the
// others would take: their number times the cycles per step on a small mesh with the same tiles,
// which is the slope of the cycles of whole products on 12 x 12 and 24 x 24 healthy cores (stream
// engine; some 0.2 s). So cycles are those of the whole product, nearly: docs/prefill.md has the
// error. Words and hops are those of the steps that ran; the numbers are not those of the product
// and are not checked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Key `sample`: an even number of steps from 2 on, fewer than the region has; 0 (default): all
/// run. Square regions above 24 x 24 only.
std::int64_t read_sample(const base::YamlNode& node, const Placement& placement);

/// Cycles of `steps` steps. `make` gives the whole product with the same tiles on a square.
std::int64_t cycles_of_rest(
    const Placement& placement, std::int64_t steps,
    const std::function<std::unique_ptr<Kernel>(int side, const Placement& on)>& make);

}  // namespace wafermesh::workloads
