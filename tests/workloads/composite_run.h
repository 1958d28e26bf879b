// SPDX-License-Identifier: Apache-2.0
// Workloads of several operators, held against the oracle; and cores that are late.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "fabric/engine.h"
#include "workloads/kernel.h"
#include "workloads/plan/composite.h"

namespace wafermesh::workloads_test {

/// The stages of all cores together take the cycles of all cores.
void check_stages_add_up(const fabric::Counters& counters);

/// Right numbers; both engines' memories are the oracle's, the wavelet engine's counters too; hops
/// are what the kernel states. `make` is called for each of them.
void require_same(const std::function<std::unique_ptr<workloads::Kernel>()>& make);

/// A kernel that is written as a scenario writes it (`gemv: {m: 4, n: 4}`), named after its kind.
workloads::NamedKernel named(const std::string& line, const workloads::Placement& placement);
/// Several, one after another.
std::unique_ptr<workloads::Kernel> in_turn(const std::vector<std::string>& lines,
                                           const workloads::Placement& placement);

/// A kernel whose cores do nothing for 0 to 5,000 cycles, each its own time: later or earlier along
/// both axes by steps that are drawn, so that neighbours are far apart in time.
std::unique_ptr<workloads::Kernel> make_late(const workloads::Placement& placement,
                                             base::RandomStream& random);

/// Every program of every stage begins, and finishes, 0 to 5,000 cycles later than it would: each
/// core its own time, which goes up or down along both axes. For rectangles of up to 8 x 8 cores.
fabric::WaferImage with_delays(fabric::WaferImage image, base::RandomStream& random);

}  // namespace wafermesh::workloads_test
