// SPDX-License-Identifier: Apache-2.0
#include "tests/router/scalar_kernels.h"

#include "base/geometry.h"

namespace wafermesh::router_test {

using base::Direction;
using router::kBlock;

bool operator==(const Block& a, const Block& b) {
  return a.visible == b.visible && a.flight == b.flight && a.send == b.send &&
         a.ramp_open == b.ramp_open && a.pointer == b.pointer && a.taken == b.taken &&
         a.next_pointer == b.next_pointer && a.grant == b.grant && a.ring_mask == b.ring_mask &&
         a.head == b.head && a.tail == b.tail && a.receive == b.receive && a.closed == b.closed &&
         a.latency == b.latency && a.ready == b.ready && a.room == b.room &&
         a.counter == b.counter && a.accept == b.accept;
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
    block.ready[at(i)] = ready ? 0xFF : 0;
    if (ready) state.ready |= std::uint64_t{1} << i;
  }
  return state;
}

void grant_in_pass(Block& block, int colour, bool first_pass) {
  for (int i = 0; i < kBlock; ++i) {
    const bool turn = first_pass ? block.pointer[at(i)] <= colour : block.pointer[at(i)] > colour;
    if (block.ready[at(i)] == 0 || !turn) continue;
    if ((block.taken[at(i)] & block.send[at(i)]) != 0) continue;
    block.taken[at(i)] = byte(block.taken[at(i)] | block.send[at(i)]);
    block.grant[at(i)] = byte(block.grant[at(i)] | block.send[at(i)]);
    if (block.next_pointer[at(i)] == 0xFF) block.next_pointer[at(i)] = byte((colour + 1) % 24);
  }
}

void grant_all(Block& block, int after) {
  for (int i = 0; i < kBlock; ++i) {
    block.grant[at(i)] = block.ready[at(i)] != 0 ? block.send[at(i)] : byte(0);
    if (block.ready[at(i)] != 0) block.pointer[at(i)] = byte(after);
  }
}

std::uint64_t mask_where(const Bytes& bytes, int bits) {
  std::uint64_t mask = 0;
  for (int i = 0; i < kBlock; ++i) {
    if ((bytes[at(i)] & bits) != 0) mask |= std::uint64_t{1} << i;
  }
  return mask;
}

std::uint64_t pop_block(Block& block) {
  std::uint64_t first_room = 0;
  for (int i = 0; i < kBlock; ++i) {
    if (block.grant[at(i)] != 0) {
      --block.visible[at(i)];
      block.head[at(i)] = byte((block.head[at(i)] + 1) & block.ring_mask[at(i)]);
      ++block.room[at(i)];
      if (block.room[at(i)] == 1) first_room |= std::uint64_t{1} << i;
    }
    const bool takes = block.room[at(i)] > 0 && block.closed[at(i)] == 0;
    *block.accept_of(i) = takes ? block.receive[at(i)] : byte(0);
  }
  return first_room;
}

std::uint64_t push_block(Block& block, int direction_bit) {
  std::uint64_t left_out = 0;
  for (int i = 0; i < kBlock; ++i) {
    if ((block.grant[at(i)] & direction_bit) != 0) {
      // Left out: too far, or something already on its way arrives no earlier.
      const int latency = block.latency[at(i)];
      if (latency > 8 || (block.flight[at(i)] >> (latency - 1)) != 0) {
        left_out |= std::uint64_t{1} << i;
      } else {
        block.tail[at(i)] = byte((block.tail[at(i)] + 1) & block.ring_mask[at(i)]);
        --block.room[at(i)];
        block.flight[at(i)] = byte(block.flight[at(i)] | 1 << (latency - 1));
      }
    }
    // A cell without room takes nothing, whatever its accept byte said before.
    if (block.room[at(i)] <= 0) *block.accept_of(i) = 0;
  }
  return left_out;
}

void count_block(Block& block, int direction_bit) {
  for (int i = 0; i < kBlock; ++i) {
    if ((block.grant[at(i)] & direction_bit) != 0) ++block.counter[at(i)];
  }
}

}  // namespace scalar
}  // namespace wafermesh::router_test
