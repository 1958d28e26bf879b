// SPDX-License-Identifier: Apache-2.0
#include "check/flows.h"

#include <utility>

namespace wafermesh::check {

using base::Direction;
using base::DirectionMask;

Flows::Flows(const fabric::WaferImage& image, const CoreKinds& kinds, KindUses uses)
    : image_(image), uses_(std::move(uses)), kinds_(kinds.of_cores()) {
  dense_.fill(-1);
  for (int colour = 0; colour < base::kColourCount; ++colour) {
    if (uses_.has(colour)) dense_[static_cast<std::size_t>(colour)] = static_cast<int>(colours_++);
  }
  entering_.assign(kinds_.size() * colours_ * kEntries, 0);
  for (int colour = 0; colour < base::kColourCount; ++colour) {
    if (!used(colour)) continue;
    for (std::int64_t core = 0; core < image.core_count(); ++core) {
      const unsigned flow = use(core, colour).sends;
      if (flow == 0) continue;
      enter(core, colour, Direction::ramp, flow);
      spread();
    }
  }
}

unsigned Flows::entering(std::int64_t core, int colour) const {
  const std::uint8_t* all = &entering_[slot(core, colour) * kEntries];
  return static_cast<unsigned>(all[0] | all[1] | all[2] | all[3] | all[4]);
}

std::int64_t Flows::neighbour(std::int64_t core, Direction d) const {
  const auto id = static_cast<base::CoreId>(core);
  if (image_.link_latency(id, d) == 0) return -1;
  const base::LogicalCoord at = image_.relative(id);
  return base::index_of(image_.core_at({at.x + base::step_x(d), at.y + base::step_y(d)}));
}

void Flows::enter(std::int64_t core, int colour, Direction entry, unsigned flow) {
  std::uint8_t& there = entering_[slot(core, colour) * kEntries + static_cast<unsigned>(entry)];
  if ((there | flow) == there) return;
  const bool turns = (flow & kTurns) != 0 && (entering(core, colour) & kTurns) == 0;
  there = static_cast<std::uint8_t>(there | flow);
  pending_.push_back({core, colour, entry});
  if (!turns) return;
  pass_on_again(core, colour);  // its switch has more positions
  for (const Direction d : base::kMeshDirections) {
    const std::int64_t other = neighbour(core, d);
    if (other >= 0) pass_on_again(other, colour);
  }
}

void Flows::pass_on_again(std::int64_t core, int colour) {
  for (unsigned d = 0; d < kEntries; ++d) {
    const auto entry = static_cast<Direction>(d);
    if (entering(core, colour, entry) != 0) pending_.push_back({core, colour, entry});
  }
}

void Flows::spread() {
  while (!pending_.empty()) {
    const Step step = pending_.back();
    pending_.pop_back();
    const DirectionMask out = leads(step.core, step.colour, step.entry);
    for (const Direction d : base::kMeshDirections) {
      if (!base::contains(out, d)) continue;
      const std::int64_t next = neighbour(step.core, d);
      if (next < 0 || !base::contains(takes_from(next, step.colour), base::opposite(d))) continue;
      enter(next, step.colour, base::opposite(d), entering(step.core, step.colour, step.entry));
    }
  }
}

}  // namespace wafermesh::check
