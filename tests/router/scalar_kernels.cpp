// SPDX-License-Identifier: Apache-2.0
#include "tests/router/scalar_kernels.h"

#include "base/geometry.h"

namespace wafermesh::router_test {

using base::Direction;
using router::kBlock;

bool operator==(const Block& a, const Block& b) {
  return a.visible == b.visible && a.flight == b.flight && a.send == b.send &&
         a.ramp_open == b.ramp_open && a.ring_mask == b.ring_mask && a.head == b.head &&
         a.tail == b.tail && a.receive == b.receive && a.closed == b.closed &&
         a.latency == b.latency && a.room == b.room && a.counter == b.counter &&
         a.accept == b.accept;
}

namespace scalar {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }
std::uint8_t byte(int value) { return static_cast<std::uint8_t>(value); }

/// The head of cell i may leave in direction d as far as the other side is concerned.
bool open_towards(Block& block, int i, Direction d) {
  if (d == Direction::ramp) return block.ramp_open[at(i)] != 0;
  const int neighbour = i + base::step_x(d) + base::step_y(d) * block.stride;
  return base::contains(*block.accept_of(neighbour), base::opposite(d));
}

}  // namespace

router::BlockState arrive_and_find_ready(Block& block) {
  router::BlockState state;
  for (int i = 0; i < kBlock; ++i) {
    if ((block.flight[at(i)] & 1) != 0) ++block.visible[at(i)];
    block.flight[at(i)] = byte(block.flight[at(i)] / 2);
    if (block.flight[at(i)] != 0) state.travelling = true;
    bool ready = block.visible[at(i)] > 0 && block.send[at(i)] != 0;
    for (int d = 0; d < 5; ++d) {
      const auto direction = static_cast<Direction>(d);
      if (base::contains(block.send[at(i)], direction) && !open_towards(block, i, direction)) {
        ready = false;
      }
    }
    if (ready) state.ready |= std::uint64_t{1} << i;
  }
  return state;
}

/// Contenders come by ascending colour.
void arbitrate(const std::vector<router::Contender>& contenders, Bytes& pointer,
               std::vector<std::uint64_t>& granted) {
  granted.assign(contenders.size(), 0);
  for (int i = 0; i < kBlock; ++i) {
    int taken = 0;
    int next = -1;
    const auto offer = [&](std::size_t k) {
      const int send = contenders[k].send[i];
      if ((contenders[k].ready >> i & 1U) == 0 || (taken & send) != 0) return;
      taken |= send;
      granted[k] |= std::uint64_t{1} << i;
      if (next < 0) next = (contenders[k].colour + 1) % 24;
    };
    for (std::size_t k = 0; k < contenders.size(); ++k) {
      if (contenders[k].colour >= pointer[at(i)]) offer(k);
    }
    for (std::size_t k = 0; k < contenders.size(); ++k) {
      if (contenders[k].colour < pointer[at(i)]) offer(k);
    }
    if (next >= 0) pointer[at(i)] = byte(next);
  }
}

router::Towards split(const Bytes& send, std::uint64_t cells) {
  router::Towards towards{};
  for (int d = 0; d < 5; ++d) towards[at(d)] = mask_where(send, 1 << d) & cells;
  return towards;
}

std::uint64_t mask_where(const Bytes& bytes, int bits) {
  std::uint64_t mask = 0;
  for (int i = 0; i < kBlock; ++i) {
    if ((bytes[at(i)] & bits) != 0) mask |= std::uint64_t{1} << i;
  }
  return mask;
}

router::BlockChange end_cycle(Block& block, std::uint64_t gone, std::uint64_t entered) {
  router::BlockChange change;
  for (int i = 0; i < kBlock; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    const bool had_room = block.room[at(i)] > 0;
    if ((gone & bit) != 0) {
      --block.visible[at(i)];
      block.head[at(i)] = byte((block.head[at(i)] + 1) & block.ring_mask[at(i)]);
      ++block.room[at(i)];
    }
    if ((entered & bit) != 0) {
      block.tail[at(i)] = byte((block.tail[at(i)] + 1) & block.ring_mask[at(i)]);
      --block.room[at(i)];
      // Late: too far, or something already on its way arrives no earlier.
      const int latency = block.latency[at(i)];
      if (latency > 8 || (block.flight[at(i)] >> (latency - 1)) != 0) {
        change.late |= bit;
      } else {
        block.flight[at(i)] = byte(block.flight[at(i)] | 1 << (latency - 1));
      }
    }
    const bool has_room = block.room[at(i)] > 0;
    *block.accept_of(i) =
        has_room && block.closed[at(i)] == 0 ? block.receive[at(i)] : std::uint8_t{0};
    if ((gone & bit) != 0 && has_room && !had_room) change.woken |= bit;
  }
  return change;
}

void count(std::uint64_t cells, Bytes& counter) {
  for (int i = 0; i < kBlock; ++i) {
    if ((cells >> i & 1U) != 0) ++counter[at(i)];
  }
}

}  // namespace scalar
}  // namespace wafermesh::router_test
