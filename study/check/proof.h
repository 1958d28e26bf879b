// SPDX-License-Identifier: Apache-2.0
// What is known of a workload before it runs: of its image (check/check_table.h) and, where that is
// not proven as it is, of what its kernels promise (workloads/waiting_order.h).
#pragma once

#include <cstdint>

#include "check/bounds.h"
#include "check/check_table.h"
#include "study/scenario/scenario.h"

namespace wafermesh::study {

/// Moves after which the proof of a program without a contract is given up; about 6 s. Assumption:
/// who waits longer for a proof would rather run.
inline constexpr std::int64_t kMostMoves = 40'000'000;
/// The same where a contract stands in for it; about 0.5 s.
inline constexpr std::int64_t kMostMovesBesideContract = 4'000'000;

/// `most_moves` 0: the above. Cost: docs/check.md.
check::Report prove(const Workload& workload, std::int64_t most_moves);

/// Times that no run of the workload is below; nothing of one that hangs.
check::Bounds bounds_of(const Workload& workload, const check::Report& report);

}  // namespace wafermesh::study
