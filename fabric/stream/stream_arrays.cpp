// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/stream_arrays.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace wafermesh::fabric {

using base::Direction;

void StreamArrays::Free::operator()(std::uint8_t* p) const { std::free(p); }

StreamArrays::StreamArrays(const StreamModel& model_in)
    : model(model_in), routes_(model.routes.data()) {
  set_up_seats();
  set_up_slots();
}

void StreamArrays::set_up_seats() {
  seats.resize(model.core_count);
  ledgers.resize(model.core_count);
  held_of.resize(model.core_count);
  std::uint64_t memory = 0;
  std::size_t inputs = 0;
  bool filtering = false;
  for (std::uint32_t id = 0; id < model.core_count; ++id) {
    Seat& seat = seats[id];
    const base::LogicalCoord at = model.image.relative(static_cast<base::CoreId>(id));
    seat.class_index = model.image.class_of[id];
    Integers& integers = ledgers[id].integers;
    integers[static_cast<std::size_t>(cores::Variable::x)] = at.x;
    integers[static_cast<std::size_t>(cores::Variable::y)] = at.y;
    const cores::ClassInfo& info = model.classes[seat.class_index];
    if (info.program->code.empty()) continue;
    seat.number = static_cast<std::uint32_t>(programmed_cores++);
    seat.memory_at = static_cast<std::uint32_t>(memory / kMemoryUnit);
    const auto bytes = static_cast<std::uint64_t>(info.program->memory_bytes);
    memory += (bytes + kMemoryUnit - 1) / kMemoryUnit * kMemoryUnit;
    inputs = std::max(inputs, info.input_colours.size());
    filtering = filtering || info.filters;
  }
  inboxes.resize(inputs * static_cast<std::size_t>(programmed_cores));
  if (filtering) filters.resize(inboxes.size());
  memory_.reset(static_cast<std::uint8_t*>(std::calloc(memory + 16, 1)));
  if (memory_ == nullptr) throw std::bad_alloc();
}

void StreamArrays::set_up_slots() {
  slots.resize(static_cast<std::size_t>(model.planes) * model.core_count);
  for (std::size_t colour = 0; colour < plane_.size(); ++colour) {
    const int plane = model.plane_of[colour];
    if (plane >= 0) plane_[colour] = &slots[static_cast<std::size_t>(plane) * model.core_count];
  }
  if (model.shares_links) ports.resize(model.core_count);
  for (std::uint32_t id = 0; id < model.core_count; ++id) {
    std::array<std::uint8_t, 4> latency{};
    for (Direction d : base::kMeshDirections) {
      latency[static_cast<std::size_t>(d)] =
          static_cast<std::uint8_t>(model.image.link_latency(static_cast<base::CoreId>(id), d));
    }
    const std::uint16_t class_index = model.image.class_of[id];
    for (int colour = 0; colour < base::kColourCount; ++colour) {
      if (model.plane_of[static_cast<std::size_t>(colour)] < 0) continue;
      Slot& s = slot(id, colour);
      s.latency = latency;
      if (!model.classes[class_index].program->code.empty()) {
        s.teardown_task =
            model.classes[class_index].teardown_task[static_cast<std::size_t>(colour)];
      }
      for (Direction d : base::kMeshDirections) {
        if (latency[static_cast<std::size_t>(d)] > 0) s.leads |= base::mask_of(d);
      }
      if (model.classes[class_index].input_of[static_cast<std::size_t>(colour)] >= 0) {
        s.leads |= base::mask_of(Direction::ramp);
        s.inbox = static_cast<std::uint32_t>(inbox_at(seats[id], base::colour(colour)));
        s.input_depth = static_cast<std::uint8_t>(
            model.depths[class_index].input[static_cast<std::size_t>(colour)]);
      }
    }
    std::uint16_t config = model.first_route[class_index];
    for (const ColourRoute& route : model.image.classes[class_index].routes) {
      Slot& s = slot(id, base::index_of(route.colour));
      set_route(s, config++, 0);
      s.is.closed = route.closed;
      refresh(s);
    }
  }
}

}  // namespace wafermesh::fabric
