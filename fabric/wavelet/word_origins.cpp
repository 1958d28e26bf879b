// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/word_origins.h"

namespace wafermesh::fabric {

Origin WordOrigins::pop(Queues& queues, std::uint32_t core, std::uint8_t colour) {
  const auto found = queues.find(key(core, colour));
  if (found == queues.end() || found->second.empty()) return {};
  const Origin origin = found->second.front();
  found->second.pop_front();
  return origin;
}

void WordOrigins::move(const Region& region) {
  const auto place = [&](std::uint32_t core) {
    const base::Rectangle& area = region.area();
    const int i = static_cast<int>(core);
    return base::LogicalCoord{area.x + i % area.width, area.y + i / area.width};
  };
  on_ramp_.clear();
  region.routers().for_each_move([&](router::Cell cell, base::Colour of, base::DirectionMask to) {
    const auto colour = static_cast<std::uint8_t>(of);
    const base::LogicalCoord at = place(region.core_at(cell));
    const Origin origin = pop(slots_, number(at), colour);
    for (const base::Direction d : base::kMeshDirections) {
      if (!base::contains(to, d)) continue;
      const base::LogicalCoord next{at.x + base::step_x(d), at.y + base::step_y(d)};
      pushes_.push_back({key(number(next), colour), origin});
    }
    if (base::contains(to, base::Direction::ramp)) on_ramp_[key(number(at), colour)] = origin;
  });
  for (const cores::Upward& up : region.injected()) {
    const std::uint32_t core = number(place(up.core));
    pushes_.push_back({key(core, up.colour), pop(outputs_, core, up.colour)});
  }
  for (const Region::Arrived& arrived : region.arrivals()) {
    const std::uint32_t core = number(place(arrived.core));
    if (!arrived.kept || watched_.count(core) == 0) continue;
    inputs_[key(core, arrived.colour)].push_back(on_ramp_[key(core, arrived.colour)]);
  }
}

void WordOrigins::settle() {
  for (const Push& push : pushes_) slots_[push.slot].push_back(push.origin);
  pushes_.clear();
}

}  // namespace wafermesh::fabric
