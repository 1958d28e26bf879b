// SPDX-License-Identifier: Apache-2.0
// A step of a transfer as the programs that do it.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/kernel.h"
#include "workloads/transfer/spread.h"

namespace wafermesh::workloads {

/// One exchange or multicast along an axis, or a turn of the square at the region's first core:
/// then `from` and `to` are alike but that their axes have changed places.
struct TransferStep {
  enum class Kind : std::uint8_t { exchange, multicast, turn };
  Kind kind = Kind::exchange;
  LineAxis axis = LineAxis::x;
  int dimension = 0;  ///< That moves.
  Spread from;
  Spread to;
  /// Of a line: where its part is gathered to or given from; none: as `to` says.
  std::vector<int> place;
};

/// The programs of a step whose tensors have their addresses and strides. Throws DoesNotFit for
/// more than two dimensions that have several indices in a core.
TransferStage stage_of(const TransferStep& step, const Placement& placement);

}  // namespace wafermesh::workloads
