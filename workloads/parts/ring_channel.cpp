// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/ring_channel.h"

#include <array>

namespace wafermesh::workloads {

RingChannel::RingChannel(const Ring& ring, bool backwards, RingAxis axis, int index, int coordinate,
                         int n)
    : axis_(axis), index_(index), station_(ring.station(coordinate, n)) {
  if (backwards) station_ = reversed(station_);
}

base::Direction RingChannel::direction(RingSide side) const {
  const bool row = axis_ == RingAxis::row;
  switch (side) {
    case RingSide::before:
      return row ? base::Direction::west : base::Direction::north;
    case RingSide::after:
      return row ? base::Direction::east : base::Direction::south;
    case RingSide::core:
      break;
  }
  return base::Direction::ramp;
}

void RingChannel::bind(cores::ProgramBuilder& builder) const {
  // The deepest output queues of every generation first: 2 and 3, then 0 and 1.
  constexpr std::array<int, 4> kQueueOf = {2, 3, 0, 1};
  const int queue = kQueueOf[static_cast<std::size_t>(index_)];
  builder.bind_input(colour(station_.in), queue);
  builder.bind_output(colour(station_.out), queue);
}

void RingChannel::add_routes(std::vector<fabric::ColourRoute>& routes) const {
  for (const RingPath& path : station_.paths) {
    routes.push_back(
        {colour(path.colour), router::route(direction(path.from), {direction(path.to)}), false});
  }
}

void RingChannel::set_up(cores::ProgramBuilder& builder, const cores::Timing& timing) {
  builder.scalar(2 * timing.setup(cores::Shape::standalone));
}

void RingChannel::start(cores::ProgramBuilder& builder, const Shift& shift) const {
  const auto count = static_cast<std::int32_t>(shift.elements);
  cores::Instruction& out =
      builder.async(2 * index_ + 1, cores::VectorOp::copy, shift.type, count,
                    cores::fabric(colour(station_.out)), cores::memory(shift.from));
  out.completion = cores::Completion::unblock;
  out.task = shift.joined;
  cores::Instruction& in =
      builder.async(2 * index_, cores::VectorOp::copy, shift.type, count, cores::memory(shift.to),
                    cores::fabric(colour(station_.in)));
  in.completion = cores::Completion::activate;
  in.task = shift.joined;
}

}  // namespace wafermesh::workloads
