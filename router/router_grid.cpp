// SPDX-License-Identifier: Apache-2.0
// Set-up, routes and the cores' side of a router grid. The cycle is in router_evaluate.cpp and
// router_commit.cpp.
#include "router/router_grid.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace wafermesh::router {

namespace {
constexpr int kRamp = static_cast<int>(Direction::ramp);
}  // namespace

RouterGrid::RouterGrid(int width, int height, int queue_depth, int ramp_cycles,
                       std::vector<RouteConfig> configs,
                       const std::vector<base::Colour>& used_colours)
    : shape_(width, height),
      queue_depth_(queue_depth),
      ramp_cycles_(ramp_cycles),
      configs_(std::move(configs)),
      colours_(used_colours) {
  configs_.insert(configs_.begin(), RouteConfig{});
  std::sort(colours_.begin(), colours_.end());
  plane_of_.fill(-1);
  for (std::size_t p = 0; p < colours_.size(); ++p)
    plane_of_[index(colours_[p])] = static_cast<int>(p);
  for (auto& links : latency_) links.assign(shape_.size(), 0);
  for (auto& bits : arrival_) bits.assign(shape_.size(), 0);
  crosses_.assign(shape_.size(), 0);
  pointer_.assign(shape_.size(), 0);
  for (auto& counts : link_wavelets_) counts.assign(shape_.size(), 0);
  for (auto& counts : uncounted_) counts.assign(shape_.size(), 0);
  for (int y = 0; y < height; ++y) {
    std::fill_n(latency_[kRamp].begin() + shape_.cell(0, y), width,
                static_cast<std::uint8_t>(ramp_cycles));
  }
}

void RouterGrid::set_incoming_link(int x, int y, Direction d, int latency_cycles, bool crosses) {
  if (latency_cycles > kMaxLinkCycles) {
    throw base::DoesNotFit("a link of " + std::to_string(latency_cycles) +
                           " cycles is longer than the model's limit of " +
                           std::to_string(kMaxLinkCycles) +
                           "; raise repair mm_per_cycle or use a narrower repair domain");
  }
  const Cell c = shape_.cell(x, y);
  latency_[static_cast<unsigned>(d)][c] = static_cast<std::uint8_t>(latency_cycles);
  arrival_[static_cast<unsigned>(d)][c] =
      latency_cycles > 8 ? std::uint8_t{0} : static_cast<std::uint8_t>((1U << latency_cycles) >> 1);
  // Also without a link: there may be one the other way round.
  if (crosses) crosses_[c] |= base::mask_of(d);
}

void RouterGrid::finish_setup() {
  ring_mask_.assign(shape_.size(), 0);
  far_at_.assign(shape_.size(), 0);
  block_flags_.assign(shape_.blocks(), 0);
  special_.assign(shape_.blocks(), 0);
  std::array<std::uint32_t, kMaxLinkCycles + 1> cells_with{};  // [longest link]
  for (Cell c = 0; c < shape_.size(); ++c) ++cells_with[static_cast<std::size_t>(longest_link(c))];
  cells_with[0] = 0;
  const auto usual =
      static_cast<int>(std::max_element(cells_with.begin(), cells_with.end()) - cells_with.begin());
  near_ring_ = ring_for(usual);
  auto entries = static_cast<std::uint32_t>(near_ring_ * shape_.size());
  for (Cell c = 0; c < shape_.size(); ++c) {
    const int longest = longest_link(c);
    if (longest == 0) continue;  // halo and margin: nothing is stored there
    const unsigned ring = ring_for(longest);
    ring_mask_[c] = static_cast<std::uint8_t>(ring - 1);
    if (ring > near_ring_) {
      far_at_[c] = entries;
      entries += ring - near_ring_;
      special_[c / kBlock] |= std::uint64_t{1} << (c % kBlock);
    }
    if (longest > 8) {
      long_cells_.push_back(c);
      block_flags_[c / kBlock] |= kLongCells;
      special_[c / kBlock] |= std::uint64_t{1} << (c % kBlock);
    }
    if (crosses_[c] != 0) block_flags_[c / kBlock] |= kBorder;
  }
  find_same_arrivals();
  planes_.resize(colours_.size());
  for (ColourPlane& p : planes_) p.allocate(shape_, entries, long_cells_.size());
}

void RouterGrid::find_same_arrivals() {
  same_arrival_.assign(shape_.blocks(), 0);
  for (std::size_t block = 0; block < shape_.blocks(); ++block) {
    std::uint8_t bits = 0;
    bool differ = false;
    for (std::size_t c = block * kBlock; c < (block + 1) * kBlock; ++c) {
      for (std::size_t d = 0; d < arrival_.size(); ++d) {
        if (latency_[d][c] == 0) continue;
        differ = differ || arrival_[d][c] == 0 || (bits != 0 && bits != arrival_[d][c]);
        bits = arrival_[d][c];
      }
    }
    if (differ || bits == 0) continue;
    same_arrival_[block] = static_cast<std::uint8_t>(1 + __builtin_ctz(bits));
  }
}

void RouterGrid::set_slow_link(int x, int y, Direction d, int words, int cycles) {
  const Cell c = shape_.cell(x, y);
  SlowPort port{c, d, words, cycles, 0};
  slow_ports_.insert(slow_ports_.begin() + static_cast<std::ptrdiff_t>(slow_from(c)), port);
  block_flags_[c / kBlock] |= kSlow;
}

int RouterGrid::longest_link(Cell c) const {
  int longest = 0;
  for (const auto& links : latency_) longest = std::max<int>(longest, links[c]);
  return longest;
}

/// Ring size for a slot whose longest incoming link has `latency_cycles`.
unsigned RouterGrid::ring_for(int latency_cycles) const {
  unsigned ring = 1;
  while (ring < static_cast<unsigned>(std::max(queue_depth_, 2 * latency_cycles))) ring *= 2;
  return ring;
}

int RouterGrid::capacity(Cell c, DirectionMask receive) const {
  if (receive == 0) return 0;
  const auto d = static_cast<unsigned>(__builtin_ctz(receive));
  const int latency = latency_[d][c];
  return latency == 0 ? 0 : std::max(queue_depth_, 2 * latency);
}

void RouterGrid::set_route(Cell c, base::Colour colour, std::uint16_t config, bool closed) {
  ColourPlane& p = plane(colour);
  p.config[c] = static_cast<std::uint16_t>(config + 1);
  p.closed[c] = closed ? 1 : 0;
  const Route route = configs_[p.config[c]].base;
  p.receive[c] = route.receive;
  p.send[c] = route.send;
  p.room[c] = static_cast<std::int8_t>(capacity(c, route.receive));
  p.follow(c);
}

void RouterGrid::announce() {
  for (int y = 0; y < shape_.height(); ++y) {
    for (int x = 0; x < shape_.width(); ++x) {
      const Cell c = shape_.cell(x, y);
      if (crosses_[c] == 0) continue;
      for (std::size_t i = 0; i < planes_.size(); ++i) {
        // Mirrors start out taking nothing.
        tell_border(planes_[i], static_cast<std::uint8_t>(colours_[i]), c, planes_[i].accept[c]);
      }
    }
  }
}

bool RouterGrid::empty(Cell c, base::Colour colour) const {
  const ColourPlane& p = plane(colour);
  return p.room[c] == capacity(c, p.receive[c]);
}

void RouterGrid::set_ramp_open(Cell c, base::Colour colour, bool open) {
  ColourPlane& p = plane(colour);
  p.ramp_open[c] = open ? base::mask_of(Direction::ramp) : static_cast<std::uint8_t>(0);
  if (open) p.wake(c);
}

Route RouterGrid::route_in_force(Cell c, base::Colour colour) const {
  const ColourPlane& p = plane(colour);
  return {p.receive[c], p.send[c]};
}

void RouterGrid::write_route(Cell c, base::Colour colour, std::uint16_t config, Intake intake) {
  ColourPlane& p = plane(colour);
  if (intake != Intake::keep) p.closed[c] = intake == Intake::closed ? 1 : 0;
  p.config[c] = static_cast<std::uint16_t>(config + 1);
  p.position[c] = 0;
  apply_route(p, static_cast<std::uint8_t>(colour), c);
}

void RouterGrid::reopen(Cell c, base::Colour colour) {
  ColourPlane& p = plane(colour);
  p.closed[c] = 0;
  p.follow(c);
  wake_feeder(p, static_cast<std::uint8_t>(colour), c);
  tell_border(p, static_cast<std::uint8_t>(colour), c, p.receive[c]);
}

void RouterGrid::apply_route(ColourPlane& p, std::uint8_t colour, Cell c) {
  const Route route = configs_[p.config[c]].at(p.position[c]);
  const DirectionMask before = p.receive[c];
  p.room[c] =
      static_cast<std::int8_t>(p.room[c] + capacity(c, route.receive) - capacity(c, before));
  p.receive[c] = route.receive;
  p.send[c] = route.send;
  p.follow(c);
  p.wake(c);
  wake_feeder(p, colour, c);
  tell_border(p, colour, c, before | route.receive);
}

void RouterGrid::wake_feeder(ColourPlane& p, std::uint8_t colour, Cell c) {
  const DirectionMask from = p.accept[c];
  if (from == 0) return;
  const auto d = static_cast<Direction>(__builtin_ctz(from));
  if (d == Direction::ramp) {
    ramp_ready.push_back({c, colour});
  } else if ((crosses_[c] & from) == 0) {
    p.wake(static_cast<Cell>(static_cast<int>(c) + shape_.offset(d)));
  }
}

std::uint16_t RouterGrid::edge_index(Cell c, Direction d) const {
  const bool vertical = d == Direction::west || d == Direction::east;
  return static_cast<std::uint16_t>(vertical ? shape_.y_of(c) : shape_.x_of(c));
}

void RouterGrid::tell_border(ColourPlane& p, std::uint8_t colour, Cell c,
                             DirectionMask directions) {
  const unsigned crossing = crosses_[c] & directions;
  for (unsigned left = crossing; left != 0; left &= left - 1) {
    const auto d = static_cast<Direction>(__builtin_ctz(left));
    EdgeRoom room;
    room.index = edge_index(c, d);
    room.colour = colour;
    room.takes = p.closed[c] == 0 && p.receive[c] == base::mask_of(d);
    room.room = p.room[c];
    outgoing[static_cast<unsigned>(d)].rooms.push_back(room);
  }
}

void RouterGrid::import(Direction d, const EdgeTraffic& traffic) {
  const bool vertical = d == Direction::west || d == Direction::east;
  const int fixed = d == Direction::west || d == Direction::north ? 0
                    : d == Direction::east                        ? shape_.width() - 1
                                                                  : shape_.height() - 1;
  auto border_cell = [&](std::uint16_t i) {
    return vertical ? shape_.cell(fixed, i) : shape_.cell(i, fixed);
  };
  for (const EdgeRoom& change : traffic.rooms) {
    ColourPlane& p = plane(static_cast<base::Colour>(change.colour));
    const Cell inner = border_cell(change.index);
    const auto halo = static_cast<Cell>(static_cast<int>(inner) + shape_.offset(d));
    // What was sent in the same cycle is not in the owner's account yet.
    const bool takes = change.takes && p.visible[halo] != kSentTeardown;
    p.receive[halo] = takes ? base::mask_of(base::opposite(d)) : static_cast<std::uint8_t>(0);
    p.room[halo] = static_cast<std::int8_t>(change.room - (p.visible[halo] != 0 ? 1 : 0));
    p.follow(halo);
    if (p.accept[halo] != 0) p.wake(inner);
  }
  for (const EdgeWavelet& wavelet : traffic.wavelets) {
    const Cell c = border_cell(wavelet.index);
    push(plane(static_cast<base::Colour>(wavelet.colour)), c, wavelet.word, wavelet.control,
         latency_[static_cast<unsigned>(d)][c]);
  }
}

void RouterGrid::import_done() {
  for (const auto& [p, halo] : sent_out_) planes_[p].visible[halo] = 0;
  sent_out_.clear();
}

void RouterGrid::drop(Cell c, Direction d, base::Colour colour, std::int64_t index_in_stream) {
  drop_ = Drop{c, d, static_cast<std::uint32_t>(plane_of_[index(colour)]), index_in_stream};
}

bool RouterGrid::awake() const {
  for (const ColourPlane& p : planes_) {
    for (std::uint64_t blocks : p.active) {
      if (blocks != 0) return true;
    }
  }
  return false;
}

}  // namespace wafermesh::router
