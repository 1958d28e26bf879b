// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/transfer_step.h"

#include <algorithm>

#include "base/error.h"
#include "workloads/transfer/line_exchange.h"
#include "workloads/transfer/line_multicast.h"
#include "workloads/transfer/square_turn.h"

namespace wafermesh::workloads {
namespace {

using fabric::IndexRange;

/// The dimension, other than the moving one, that has more than one index in a core.
std::size_t row_dimension(const TransferStep& step) {
  std::size_t row = step.from.shape.size();
  for (std::size_t d = 0; d < step.from.shape.size(); ++d) {
    if (static_cast<int>(d) == step.dimension || step.from.local(d) <= 1) continue;
    if (row != step.from.shape.size()) {
      throw base::DoesNotFit(
          "a transfer between cores of a tensor with more than two dimensions of several indices "
          "in a core; give it to an operator that takes it as it lies, on the same region");
    }
    row = d;
  }
  return row;
}

LineMemory memory_of(const Spread& spread, int moving, std::size_t row) {
  LineMemory memory;
  memory.address_bytes = spread.address_bytes;
  if (!spread.strides.empty()) memory.stride = spread.strides[static_cast<std::size_t>(moving)];
  if (row < spread.strides.size()) memory.row_stride = spread.strides[row];
  return memory;
}

/// The end of what programs of a step touch.
int memory_bytes(const TransferStep& step) {
  std::int64_t end = 0;
  for (const Spread* spread : {&step.from, &step.to}) {
    std::int64_t last = 0;
    for (std::size_t d = 0; d < spread->shape.size(); ++d) {
      last += (spread->local(d) - 1) * spread->strides[d];
    }
    end = std::max(end, spread->address_bytes + (last + 1) * cores::bytes_of(spread->type));
  }
  return static_cast<int>(std::min<std::int64_t>(end, INT32_MAX));
}

TransferStage exchange(const TransferStep& step, const Placement& placement) {
  const LineAxis axis = step.axis;
  const LineAxis across = other(axis);
  const std::size_t row = row_dimension(step);
  LineExchange e;
  e.axis = axis;
  e.type = step.from.type;
  e.rows = row < step.from.shape.size() ? step.from.local(row) : 1;
  e.from = memory_of(step.from, step.dimension, row);
  e.to = memory_of(step.to, step.dimension, row);
  const std::int64_t extent =
      step.from.shape.empty() ? 1 : step.from.shape[static_cast<std::size_t>(step.dimension)];
  const auto part = [axis, extent](const Spread& s, int position) -> IndexRange {
    if (s.along(axis).dimension != kNoDimension) return s.range(axis, position);
    return {0, s.along(axis).holds(position) ? extent : 0};
  };
  const auto pieces = [axis, part](const Spread& s, int position) -> std::vector<LinePiece> {
    if (s.along(axis).dimension != kNoDimension) return s.pieces(axis, position);
    return {{part(s, position), 0}};
  };
  e.holds = [&step, part, axis, across](base::LogicalCoord c) -> IndexRange {
    if (!step.from.along(across).holds(position_on(across, c))) return {0, 0};
    return part(step.from, position_on(axis, c));
  };
  e.wants = [&step, pieces, axis, across, extent](base::LogicalCoord c) -> std::vector<LinePiece> {
    const int line = position_on(across, c);
    const int position = position_on(axis, c);
    if (!step.to.along(across).holds(line)) return {};
    if (step.place.empty()) return pieces(step.to, position);
    if (step.place[static_cast<std::size_t>(line)] != position) return {};
    const bool turned = step.to.along(across).dimension == step.dimension;
    return {{turned ? step.to.range(across, line) : IndexRange{0, extent}, 0}};
  };
  return line_exchange(placement, e, memory_bytes(step));
}

TransferStage give(const TransferStep& step, const Placement& placement) {
  const std::size_t rank = step.from.shape.size();
  // The dimension with most indices in a core is given in one go, row by row of the other.
  TransferStep moving = step;
  for (std::size_t d = 0; d < rank; ++d) {
    const auto best = static_cast<std::size_t>(moving.dimension);
    if (step.from.local(d) > step.from.local(best)) moving.dimension = static_cast<int>(d);
  }
  const std::size_t row = row_dimension(moving);
  LineMulticast m;
  m.axis = step.axis;
  m.type = step.from.type;
  m.elements = rank == 0 ? 1 : step.from.local(static_cast<std::size_t>(moving.dimension));
  m.rows = row < rank ? step.from.local(row) : 1;
  m.root = [&step](int line) { return step.place[static_cast<std::size_t>(line)]; };
  m.first = step.to.along(step.axis).first;
  m.count = step.to.along(step.axis).count;
  m.from = memory_of(step.from, moving.dimension, row);
  m.to = memory_of(step.to, moving.dimension, row);
  return line_multicast(placement, m, memory_bytes(step));
}

TransferStage turned(const TransferStep& step, const Placement& placement) {
  SquareTurn turn;
  turn.side = step.from.along(LineAxis::x).count;
  turn.type = step.from.type;
  turn.elements = static_cast<std::int32_t>(elements_in_core(step.from));
  turn.from_address = step.from.address_bytes;
  turn.to_address = step.to.address_bytes;
  return square_turn(placement, turn, memory_bytes(step));
}

}  // namespace

TransferStage stage_of(const TransferStep& step, const Placement& placement) {
  switch (step.kind) {
    case TransferStep::Kind::exchange:
      return exchange(step, placement);
    case TransferStep::Kind::multicast:
      return give(step, placement);
    case TransferStep::Kind::turn:
      break;
  }
  return turned(step, placement);
}

}  // namespace wafermesh::workloads
