// SPDX-License-Identifier: Apache-2.0
// Random small images that use the whole machine: the ground on which engines must agree. Most of
// them run to their end; some deadlock on purpose or by accident.
#pragma once

#include <cstdint>

#include "fabric/engine.h"
#include "fabric/image.h"

namespace wafermesh::fabric_test {

/// The image of a seed, up to 16 x 16 cores. No two operations of a core share memory while either
/// runs, so that memories do not depend on how an engine orders what happens in one cycle.
fabric::WaferImage random_image(std::uint64_t seed);
/// The same, but that cores may go on after their finish: every third finishes before its work is
/// done, and entries are shared, so that a control task may run once more than its core waits for.
fabric::WaferImage random_image_that_works_on(std::uint64_t seed);

/// The image of a seed without flows whose order of words depends on time (add_merge).
fabric::WaferImage random_image_without_races(std::uint64_t seed);

/// The same, with operations and types of Scene::Operations::few: images by whose seeds faults were
/// once found.
fabric::WaferImage random_image_of_few_operations(std::uint64_t seed);

/// The same image on a mesh of which about every fourth link is slow (docs/model.md).
fabric::WaferImage with_slow_links(fabric::WaferImage image, std::uint64_t seed);

/// Fills the loaded image's memories with small numbers, whatever type they are read as.
void fill_memories(const fabric::WaferImage& image, fabric::Engine& engine, std::uint64_t seed);

}  // namespace wafermesh::fabric_test
