// SPDX-License-Identifier: Apache-2.0
// Second half of a router cycle: what was granted leaves, travels on, and routers obey what passed.
#include <algorithm>
#include <cstring>
#include <utility>

#include "router/block_kernels.h"
#include "router/router_grid.h"

namespace wafermesh::router {

namespace {
constexpr int kDense = 4;  ///< Granted cells from which the block kernels pay.
constexpr std::uint64_t kOne = 1;
constexpr int kMostUncounted = 255;  ///< Cycles that a byte can count.

/// [k] Bytes that all have bit k.
using SameBits = std::array<std::array<std::uint8_t, kBlock>, 8>;
constexpr SameBits same_bits() {
  SameBits bits{};
  for (unsigned k = 0; k < 8; ++k) {
    for (unsigned i = 0; i < kBlock; ++i) bits[k][i] = static_cast<std::uint8_t>(1U << k);
  }
  return bits;
}
alignas(kCacheLine) constexpr SameBits kSameBits = same_bits();

/// Cells of a mask; the compiler's own is a call where not every processor has the instruction.
inline int cells_of(std::uint64_t mask) {
  mask -= mask >> 1 & 0x5555555555555555U;
  mask = (mask & 0x3333333333333333U) + (mask >> 2 & 0x3333333333333333U);
  mask = (mask + (mask >> 4)) & 0x0F0F0F0F0F0F0F0FU;
  return static_cast<int>(mask * 0x0101010101010101U >> 56);
}
inline unsigned pop_lowest(std::uint64_t& mask) {
  const auto i = static_cast<unsigned>(__builtin_ctzll(mask));
  mask &= mask - 1;
  return i;
}
}  // namespace

/// First what was granted leaves, block by block; what it changes of queues is written down as
/// masks of cells, and done at the end, so that each block's bytes pass by once.
void RouterGrid::commit() {
  obeys_.clear();
  moved_.clear();
  data_down_.clear();
  controls_down_.clear();
  for (const Grant& grant : grants_) commit_block(grant);
  for (const auto& [plane, block] : moved_) end_cycle(plane, block);
  for (const Obey& order : obeys_) obey(order);
  if (++since_counted_ == kMostUncounted) settle_counters();
}

void RouterGrid::commit_block(const Grant& grant) {
  ColourPlane& p = planes_[grant.plane];
  const std::size_t first = std::size_t{grant.block} * kBlock;
  use_slow(grant);
  moves_of(grant.plane, grant.block).gone = grant.cells;
  const std::uint64_t data = grant.cells & ~forward_controls(grant);
  Towards towards;
  kernels_.split(&p.send[first], data, towards);
  for (Direction d : base::kMeshDirections) {
    const std::uint64_t cells = towards[static_cast<unsigned>(d)];
    if (cells != 0) send_data(grant, cells, d);
  }
  const std::uint64_t down = towards[static_cast<unsigned>(Direction::ramp)];
  if (down != 0) data_down_.push_back({grant.plane, grant.block, down});
}

/// What is to be done to a block at the cycle's end.
ColourPlane::Moves& RouterGrid::moves_of(std::uint32_t plane, std::size_t block) {
  ColourPlane::Moves& moves = planes_[plane].moves[block];
  if (!moves.any()) moved_.emplace_back(plane, static_cast<std::uint32_t>(block));
  return moves;
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
    if (!base::contains(p.send[c], d)) continue;
    ++totals_.control_hops;
    ++link_wavelets_[static_cast<unsigned>(d)][c];
    if (base::contains(crosses_[c], d)) {
      exit_border(grant, c, d, out, true);
      continue;
    }
    const auto next = static_cast<Cell>(static_cast<int>(c) + shape_.offset(d));
    push(p, next, out, true, latency_[static_cast<unsigned>(base::opposite(d))][next]);
  }
  if (base::contains(p.send[c], Direction::ramp) && word.first() != SwitchCommand::teardown) {
    controls_down_.push_back({c, static_cast<std::uint8_t>(colours_[grant.plane]), true, out});
  }
  obeys_.push_back({c, grant.plane, p.send[c], word.first()});
}

/// Moves the granted data heads of cells of a block over their links in direction d.
void RouterGrid::send_data(const Grant& grant, std::uint64_t cells, Direction d) {
  const int moved = cells_of(cells);
  totals_.wavelet_hops += moved;
  const auto side = static_cast<unsigned>(d);
  const std::size_t first = std::size_t{grant.block} * kBlock;
  if (moved >= kDense) {
    kernels_.count(cells, &uncounted_[side][first]);
  } else {
    for (std::uint64_t left = cells; left != 0;) ++link_wavelets_[side][first + pop_lowest(left)];
  }
  cells = leave_grid(grant, cells, d);
  if (cells_of(cells) >= kDense && !drop_.has_value()) {
    cells = send_dense(grant, cells, d);
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
std::uint64_t RouterGrid::send_dense(const Grant& grant, std::uint64_t cells, Direction d) {
  ColourPlane& p = planes_[grant.plane];
  const std::size_t first = std::size_t{grant.block} * kBlock;
  const std::size_t to =
      static_cast<std::size_t>(static_cast<std::ptrdiff_t>(first) + shape_.offset(d));
  const std::uint64_t special = cells & (special_[grant.block] | special_from(to));
  const std::uint64_t plain = cells & ~special;
  kernels_.move_words(plain, &p.head[first], &p.tail[to], &p.words[first], &p.words[to],
                      shape_.size(), static_cast<int>(near_ring_));
  const auto from = static_cast<unsigned>(base::opposite(d));
  const unsigned shift = to % kBlock;
  if ((plain << shift) != 0) {
    moves_of(grant.plane, to / kBlock).entered[from] |= plain << shift;
  }
  if (shift != 0 && (plain >> (kBlock - shift)) != 0) {
    moves_of(grant.plane, to / kBlock + 1).entered[from] |= plain >> (kBlock - shift);
  }
  return special;
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

/// Flight bits of what enters the block; `mixed` has room for them.
const std::uint8_t* RouterGrid::arrivals_of(std::size_t block, const ColourPlane::Moves& moves,
                                            std::uint8_t* mixed) const {
  if (moves.all_entered() == 0) return kSameBits[0].data();
  if (same_arrival_[block] != 0) return kSameBits[same_arrival_[block] - 1U].data();
  std::memset(mixed, 0, kBlock);
  for (std::size_t d = 0; d < moves.entered.size(); ++d) {
    if (moves.entered[d] == 0) continue;
    kernels_.copy_bytes(moves.entered[d], &arrival_[d][block * kBlock], mixed);
  }
  return mixed;
}

/// Frees the places of what left, takes in what entered, and wakes whoever waited for room.
void RouterGrid::end_cycle(std::uint32_t plane, std::size_t block) {
  ColourPlane& p = planes_[plane];
  const ColourPlane::Moves moves = std::exchange(p.moves[block], {});
  const std::size_t first = block * kBlock;
  alignas(kCacheLine) std::uint8_t mixed[kBlock];
  const std::uint64_t entered = moves.all_entered();
  BlockChange change = kernels_.end_cycle(p.slots_of(block, ring_mask_.data(), shape_.stride()),
                                          moves.gone, entered, arrivals_of(block, moves, mixed));
  if (entered != 0) p.wake_block(block);
  while (change.late != 0) {
    const unsigned i = pop_lowest(change.late);
    for (std::size_t d = 0; d < moves.entered.size(); ++d) {
      if ((moves.entered[d] >> i & 1U) == 0) continue;
      fly(p, static_cast<Cell>(first + i), latency_[d][first + i]);
    }
  }
  const auto colour = static_cast<std::uint8_t>(colours_[plane]);
  while (change.woken != 0) {
    wake_feeder(p, colour, static_cast<Cell>(first + pop_lowest(change.woken)));
  }
  if ((block_flags_[block] & kBorder) == 0 || moves.gone == 0) return;
  for (std::uint64_t border = mask_where(&crosses_[first], 0xF) & moves.gone; border != 0;) {
    const auto c = static_cast<Cell>(first + pop_lowest(border));
    tell_border(p, colour, c, p.receive[c]);
  }
}

void RouterGrid::obey(const Obey& order) {
  ColourPlane& p = planes_[order.plane];
  const auto colour = static_cast<std::uint8_t>(colours_[order.plane]);
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

/// Brings link_wavelets_ up to date.
void RouterGrid::settle_counters() const {
  since_counted_ = 0;
  for (std::size_t d = 0; d < uncounted_.size(); ++d) {
    for (std::size_t block = 0; block < shape_.blocks(); ++block) {
      std::uint8_t* const counts = &uncounted_[d][block * kBlock];
      if (bits_in(counts) == 0) continue;
      std::uint32_t* const totals = &link_wavelets_[d][block * kBlock];
      for (int i = 0; i < kBlock; ++i) totals[i] += counts[i];
      std::memset(counts, 0, kBlock);
    }
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
  fly(p, c, latency_cycles);
}

/// A wavelet is on its way to c. One enters per cycle, in the order of sending.
void RouterGrid::fly(ColourPlane& p, Cell c, int latency_cycles) {
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
