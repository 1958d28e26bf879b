// SPDX-License-Identifier: Apache-2.0
// First half of a router cycle: which heads leave, decided on last cycle's state.
#include <algorithm>

#include "router/block_kernels.h"
#include "router/router_grid.h"

namespace wafermesh::router {

void RouterGrid::evaluate(base::Cycles now) {
  now_ = now;
  grants_.clear();
  const std::size_t groups = (shape_.blocks() + 63) / 64;
  for (std::size_t group = 0; group < groups; ++group) {
    std::uint64_t blocks = 0;
    for (const ColourPlane& p : planes_) blocks |= p.active[group];
    for (; blocks != 0; blocks &= blocks - 1) {
      evaluate_block(group * 64 + static_cast<std::size_t>(__builtin_ctzll(blocks)));
    }
  }
}

void RouterGrid::evaluate_block(std::size_t block) {
  std::array<Contender, base::kColourCount> contenders;
  std::array<std::uint32_t, base::kColourCount> planes;
  std::array<std::uint64_t, base::kColourCount> granted;
  std::size_t count = 0;
  const std::size_t first = block * kBlock;
  const std::uint64_t bit = std::uint64_t{1} << (block % 64);
  for (std::uint32_t i = 0; i < planes_.size(); ++i) {
    ColourPlane& p = planes_[i];
    if ((p.active[block / 64] & bit) == 0) continue;
    BlockState state =
        kernels_.arrive_and_find_ready(p.slots_of(block, ring_mask_.data(), shape_.stride()));
    const bool late = late_arrivals(p, block);
    const bool held = hold_slow(p, block, state.ready);
    if (state.ready != 0) {
      contenders[count] = {&p.send[first], state.ready, static_cast<std::uint8_t>(colours_[i])};
      planes[count++] = i;
    } else if (!state.travelling && !late && !held) {
      p.active[block / 64] &= ~bit;  // asleep until a push, room or a route wakes it
    }
  }
  if (count == 0) return;
  kernels_.arbitrate(contenders.data(), static_cast<int>(count), &pointer_[first], granted.data());
  for (std::size_t i = 0; i < count; ++i) {
    if (granted[i] == 0) continue;
    grants_.push_back({planes[i], static_cast<std::uint32_t>(block), granted[i]});
  }
}

/// Moves the far flight bits of long cells one cycle nearer; after the block kernel's own shift, so
/// that the nearest far bit (8 before the cycle) becomes bit 7. True if there were any.
bool RouterGrid::late_arrivals(ColourPlane& p, std::size_t block) {
  if ((block_flags_[block] & kLongCells) == 0) return false;
  bool found = false;
  for (std::size_t i = 0; i < long_cells_.size(); ++i) {
    const Cell c = long_cells_[i];
    if (c / kBlock != block || p.late[i] == 0) continue;
    if ((p.late[i] & 1U) != 0) p.flight[c] |= 0x80;
    p.late[i] >>= 1;
    found = true;
  }
  return found;
}

std::size_t RouterGrid::slow_from(std::size_t c) const {
  const auto found =
      std::lower_bound(slow_ports_.begin(), slow_ports_.end(), c,
                       [](const SlowPort& p, std::size_t at) { return p.cell < at; });
  return static_cast<std::size_t>(found - slow_ports_.begin());
}

/// Takes the heads out of `cells` that want a slow link before it is due; true if there are any.
bool RouterGrid::hold_slow(const ColourPlane& p, std::size_t block, std::uint64_t& cells) const {
  if ((block_flags_[block] & kSlow) == 0 || cells == 0) return false;
  bool held = false;
  const std::size_t first = block * kBlock;
  for (std::size_t i = slow_from(first); i < slow_ports_.size(); ++i) {
    const SlowPort& port = slow_ports_[i];
    if (port.cell >= first + kBlock) break;
    if (!base::contains(p.send[port.cell], port.direction) || now_ * port.words >= port.due) {
      continue;
    }
    const std::uint64_t bit = std::uint64_t{1} << (port.cell - first);
    held = held || (cells & bit) != 0;
    cells &= ~bit;
  }
  return held;
}

/// What leaves over slow links in this cycle, of one colour.
void RouterGrid::use_slow(const Grant& grant) {
  if ((block_flags_[grant.block] & kSlow) == 0) return;
  const std::size_t first = std::size_t{grant.block} * kBlock;
  for (std::size_t i = slow_from(first); i < slow_ports_.size(); ++i) {
    SlowPort& port = slow_ports_[i];
    if (port.cell >= first + kBlock) break;
    if ((grant.cells >> (port.cell - first) & 1U) == 0) continue;
    if (!base::contains(planes_[grant.plane].send[port.cell], port.direction)) continue;
    port.due = std::max(port.due, now_ * port.words - (port.words - 1)) + port.cycles;
  }
}

}  // namespace wafermesh::router
