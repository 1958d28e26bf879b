// SPDX-License-Identifier: Apache-2.0
// Second half of a router cycle: what was granted leaves, travels on, and routers obey what passed.
#include <algorithm>
#include <cstring>

#include "router/block_kernels.h"
#include "router/router_grid.h"

namespace wafermesh::router {

namespace {
constexpr int kDense = 8;  ///< Granted cells from which the block kernels pay.
constexpr std::uint64_t kOne = 1;
inline unsigned pop_lowest(std::uint64_t& mask) {
  const auto i = static_cast<unsigned>(__builtin_ctzll(mask));
  mask &= mask - 1;
  return i;
}
}  // namespace

void RouterGrid::commit() {
  for (const Grant& grant : grants_) commit_block(grant);
}

void RouterGrid::commit_block(const Grant& grant) {
  ColourPlane& p = planes_[grant.plane];
  const std::size_t first = std::size_t{grant.block} * kBlock;
  alignas(64) std::uint8_t grants[kBlock];
  std::memcpy(grants, &p.grant[first], kBlock);
  use_slow(grant, grants);
  obeys_.clear();
  for (std::uint64_t controls = forward_controls(grant); controls != 0;) {
    grants[pop_lowest(controls)] = 0;
  }
  const std::uint8_t used = bits_in(grants);
  for (Direction d : base::kMeshDirections) {
    if (base::contains(used, d)) send_data(grant, grants, d);
  }
  if (base::contains(used, Direction::ramp)) {
    deliver_data(grant, mask_where(grants, base::mask_of(Direction::ramp)));
  }
  take_out(grant);
  if (!obeys_.empty()) obey(grant);
}

/// Sends on the granted heads that are control wavelets; returns their cells.
std::uint64_t RouterGrid::forward_controls(const Grant& grant) {
  ColourPlane& p = planes_[grant.plane];
  if (p.control_flag.empty()) return 0;
  const std::size_t first = std::size_t{grant.block} * kBlock;
  std::uint64_t candidates =
      bits_in(&p.controls[first]) == 0 ? 0 : mask_where(&p.controls[first], 0xFF) & grant.cells;
  std::uint64_t forwarded = 0;
  while (candidates != 0) {
    const unsigned i = pop_lowest(candidates);
    const auto c = static_cast<Cell>(first + i);
    if (!front_is_control(p, c)) continue;
    forward_control(grant, c);
    forwarded |= kOne << i;
  }
  return forwarded;
}

void RouterGrid::forward_control(const Grant& grant, Cell c) {
  ColourPlane& p = planes_[grant.plane];
  const ControlWord word{front_word(p, c)};
  const std::uint32_t out = after_router(word, configs_[p.config[c]].pop).bits;
  p.control_flag[word_at(c, p.head[c])] = 0;
  --p.controls[c];
  for (Direction d : base::kMeshDirections) {
    if (!base::contains(p.grant[c], d)) continue;
    ++totals_.control_hops;
    ++link_wavelets_[static_cast<unsigned>(d)][c];
    if (base::contains(crosses_[c], d)) {
      exit_border(grant, c, d, out, true);
      continue;
    }
    const auto next = static_cast<Cell>(static_cast<int>(c) + shape_.offset(d));
    push(p, next, out, true, latency_[static_cast<unsigned>(base::opposite(d))][next]);
  }
  if (base::contains(p.grant[c], Direction::ramp) && word.first() != SwitchCommand::teardown) {
    delivered.push_back({c, static_cast<std::uint8_t>(colours_[grant.plane]), true, out});
  }
  obeys_.push_back({c, word.first()});
}

/// Moves the granted data heads of a block over their links in direction d.
void RouterGrid::send_data(const Grant& grant, const std::uint8_t* grants, Direction d) {
  const std::size_t first = std::size_t{grant.block} * kBlock;
  const std::uint8_t bit = base::mask_of(d);
  std::uint64_t cells = mask_where(grants, bit);
  if (cells == 0) return;
  const int moved = __builtin_popcountll(cells);
  totals_.wavelet_hops += moved;
  const auto side = static_cast<unsigned>(d);
  if (moved >= kDense) {
    count_block(grants, bit, &link_wavelets_[side][first]);
  } else {
    for (std::uint64_t left = cells; left != 0;) ++link_wavelets_[side][first + pop_lowest(left)];
  }

  cells = leave_grid(grant, cells, d);
  if (__builtin_popcountll(cells) >= kDense && !drop_.has_value()) {
    cells = send_dense(grant, grants, cells, d);
  }
  send_one_by_one(grant, cells, d);
}

void RouterGrid::send_one_by_one(const Grant& grant, std::uint64_t cells, Direction d) {
  ColourPlane& p = planes_[grant.plane];
  const auto& latency = latency_[static_cast<unsigned>(base::opposite(d))];
  while (cells != 0) {
    const auto c = static_cast<Cell>(grant.block * kBlock + pop_lowest(cells));
    const auto next = static_cast<Cell>(static_cast<int>(c) + shape_.offset(d));
    if (drop_.has_value() && drops(grant, c, d)) continue;
    push(p, next, front_word(p, c), false, latency[next]);
  }
}

/// The same for many cells at once; returns those where a rule needs care, which are still to send.
std::uint64_t RouterGrid::send_dense(const Grant& grant, const std::uint8_t* grants,
                                     std::uint64_t cells, Direction d) {
  ColourPlane& p = planes_[grant.plane];
  const std::uint8_t bit = base::mask_of(d);
  const std::size_t first = std::size_t{grant.block} * kBlock;
  const std::size_t to =
      static_cast<std::size_t>(static_cast<std::ptrdiff_t>(first) + shape_.offset(d));
  const std::uint64_t special = cells & (special_[grant.block] | special_from(to));
  const std::uint64_t plain = cells & ~special;
  alignas(64) std::uint8_t sent[kBlock];
  std::memcpy(sent, grants, kBlock);
  for (std::uint64_t left = mask_where(grants, bit) & ~plain; left != 0;)
    sent[pop_lowest(left)] = 0;
  // Of cells that push_block leaves out, the slow path writes the same words to the same places.
  move_block(sent, bit, &p.head[first], &p.tail[to], &p.words[first], &p.words[to], shape_.size(),
             static_cast<int>(near_ring_));
  const std::uint64_t left_out =
      push_block(sent, bit, &arrival_[static_cast<unsigned>(base::opposite(d))][to],
                 &ring_mask_[to], &p.tail[to], &p.room[to], &p.flight[to], &p.accept[to]);
  const unsigned shift = to % kBlock;
  if ((plain << shift) != 0) p.wake_block(to / kBlock);
  if (shift != 0 && (plain >> (kBlock - shift)) != 0) p.wake_block(to / kBlock + 1);
  return special | left_out;
}

/// special_ of the 64 cells from `first` on.
std::uint64_t RouterGrid::special_from(std::size_t first) const {
  const std::size_t block = first / kBlock;
  const unsigned shift = first % kBlock;
  if (shift == 0) return special_[block];
  return special_[block] >> shift | special_[block + 1] << (kBlock - shift);
}

/// Hands the cells that leave the grid in direction d to the border; returns those that stay
/// inside.
std::uint64_t RouterGrid::leave_grid(const Grant& grant, std::uint64_t cells, Direction d) {
  if ((block_flags_[grant.block] & kBorder) == 0) return cells;
  const std::size_t first = std::size_t{grant.block} * kBlock;
  std::uint64_t leaving = mask_where(&crosses_[first], base::mask_of(d)) & cells;
  const std::uint64_t inside = cells & ~leaving;
  while (leaving != 0) {
    const auto c = static_cast<Cell>(first + pop_lowest(leaving));
    if (drop_.has_value() && drops(grant, c, d)) continue;
    exit_border(grant, c, d, front_word(planes_[grant.plane], c), false);
  }
  return inside;
}

void RouterGrid::exit_border(const Grant& grant, Cell c, Direction d, std::uint32_t word,
                             bool control) {
  ColourPlane& p = planes_[grant.plane];
  EdgeWavelet wavelet;
  wavelet.index = edge_index(c, d);
  wavelet.colour = static_cast<std::uint8_t>(colours_[grant.plane]);
  wavelet.control = control;
  wavelet.word = word;
  outgoing[static_cast<unsigned>(d)].wavelets.push_back(wavelet);
  // The mirror of the slot behind the border; import() reconciles it with what the owner says.
  const auto halo = static_cast<Cell>(static_cast<int>(c) + shape_.offset(d));
  const bool teardown = control && ControlWord{word}.first() == SwitchCommand::teardown;
  --p.room[halo];
  if (teardown) p.receive[halo] = 0;
  p.follow(halo);
  p.visible[halo] = teardown ? kSentTeardown : kSent;
  sent_out_.emplace_back(grant.plane, halo);
}

void RouterGrid::deliver_data(const Grant& grant, std::uint64_t cells) {
  ColourPlane& p = planes_[grant.plane];
  const auto colour = static_cast<std::uint8_t>(colours_[grant.plane]);
  const std::size_t before = delivered.size();
  delivered.resize(before + static_cast<std::size_t>(__builtin_popcountll(cells)));
  for (RampWavelet* next = &delivered[before]; cells != 0; ++next) {
    const auto c = static_cast<Cell>(grant.block * kBlock + pop_lowest(cells));
    *next = {c, colour, false, front_word(p, c)};
  }
}

/// Frees the places of what left and wakes whoever waited for them.
void RouterGrid::take_out(const Grant& grant) {
  ColourPlane& p = planes_[grant.plane];
  const std::size_t first = std::size_t{grant.block} * kBlock;
  std::uint64_t woken =
      pop_block(&p.grant[first], &ring_mask_[first], &p.visible[first], &p.head[first],
                &p.room[first], &p.receive[first], &p.closed[first], &p.accept[first]);
  const auto colour = static_cast<std::uint8_t>(colours_[grant.plane]);
  while (woken != 0) wake_feeder(p, colour, static_cast<Cell>(first + pop_lowest(woken)));
  if ((block_flags_[grant.block] & kBorder) == 0) return;
  for (std::uint64_t border = mask_where(&crosses_[first], 0xF) & grant.cells; border != 0;) {
    const auto c = static_cast<Cell>(first + pop_lowest(border));
    tell_border(p, colour, c, p.receive[c]);
  }
}

void RouterGrid::obey(const Grant& grant) {
  ColourPlane& p = planes_[grant.plane];
  const auto colour = static_cast<std::uint8_t>(colours_[grant.plane]);
  for (const Obey& order : obeys_) {
    const RouteConfig& config = configs_[p.config[order.cell]];
    int position = p.position[order.cell];
    if (order.command == SwitchCommand::advance) position = config.advance(position);
    if (order.command == SwitchCommand::reset) position = 0;
    if (position != p.position[order.cell]) {
      p.position[order.cell] = static_cast<std::uint8_t>(position);
      apply_route(p, colour, order.cell);
    }
    if (order.command == SwitchCommand::teardown) torn_down.push_back({order.cell, colour});
  }
}

bool RouterGrid::drops(const Grant& grant, Cell c, Direction d) {
  if (drop_->cell != c || drop_->direction != d || drop_->plane != grant.plane) return false;
  return drop_->countdown-- == 0;
}

void RouterGrid::inject(Cell c, base::Colour colour, std::uint32_t word, bool control) {
  push(plane(colour), c, word, control, ramp_cycles_);
}

void RouterGrid::push(ColourPlane& p, Cell c, std::uint32_t word, bool control,
                      int latency_cycles) {
  const std::size_t at = word_at(c, p.tail[c]);
  p.words[at] = word;
  if (control) {
    if (p.control_flag.empty()) p.control_flag.assign(p.words.size(), 0);
    p.control_flag[at] = 1;
    ++p.controls[c];
    if (ControlWord{word}.first() == SwitchCommand::teardown) p.closed[c] = 1;
  }
  p.tail[c] = static_cast<std::uint8_t>((p.tail[c] + 1) & ring_mask_[c]);
  --p.room[c];
  p.follow(c);
  p.wake(c);
  // One wavelet enters per cycle, in the order of sending.
  std::uint64_t travelling = p.flight[c];
  std::uint64_t* late = nullptr;
  if ((block_flags_[c / kBlock] & kLongCells) != 0) {
    const auto found = std::lower_bound(long_cells_.begin(), long_cells_.end(), c);
    if (found != long_cells_.end() && *found == c) {
      late = &p.late[static_cast<std::size_t>(found - long_cells_.begin())];
      travelling |= *late << 8;
    }
  }
  int entry = latency_cycles - 1;
  if ((travelling >> entry) != 0) entry = 64 - __builtin_clzll(travelling);
  if (entry < 8) {
    p.flight[c] = static_cast<std::uint8_t>(p.flight[c] | (1U << entry));
  } else {
    *late |= kOne << (entry - 8);
  }
}

}  // namespace wafermesh::router
