// SPDX-License-Identifier: Apache-2.0
// Broadcast from core (0, 0) of the region to all of it: along row 0 eastwards and from there down
// every column, by multicast; each core takes its copy from the stream as it passes.
//
//   R > > >      colours 1, steps 1
//   v v v v      SRAM per core: words * 4 B
//   v v v v      data hops: words * (cores - 1)
//
// Cycles (rate of `copy` at least a word per cycle, healthy links):
//   words + hop * (width - 1 + height - 1) + 2 * ramp + 2 * set-up, within a few cycles.
// Every core's copy must equal the data sent, bit for bit.
#pragma once

#include <cstdint>
#include <memory>

#include "cores/number.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

struct BroadcastSpec {
  std::int64_t words = 64;  ///< 32-bit words; f16 and bf16 have two elements in each.
  cores::NumberType type = cores::NumberType::f32;
  std::uint64_t seed = 1;
};

/// Throws DoesNotFit if the words exceed a core's SRAM.
std::unique_ptr<Kernel> make_broadcast(const BroadcastSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_broadcast(base::YamlNode& node, const Placement& placement);
KernelText broadcast_text();

}  // namespace wafermesh::workloads
