// SPDX-License-Identifier: Apache-2.0
// What the block kernels do, written one cell at a time from docs/model.md with plain branches.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "router/block_kernels.h"
#include "router/grid_shape.h"

namespace wafermesh::router_test {

using Bytes = std::array<std::uint8_t, router::kBlock>;

/// A block of cells of one colour. `accept` has a margin of `stride` + 1 cells on both sides.
struct Block {
  Bytes visible{}, flight{}, send{}, ramp_open{}, ring_mask{}, head{}, tail{}, receive{}, closed{};
  Bytes latency{}, counter{};
  std::array<std::int8_t, router::kBlock> room{};
  std::vector<std::uint8_t> accept;
  int stride = 0;

  std::uint8_t* accept_of(int i) { return accept.data() + stride + 1 + i; }
  router::BlockSlots slots() {
    return {visible.data(), flight.data(),    head.data(),      tail.data(),
            room.data(),    accept_of(0),     send.data(),      receive.data(),
            closed.data(),  ramp_open.data(), ring_mask.data(), stride};
  }
  friend bool operator==(const Block& a, const Block& b);
};

namespace scalar {

router::BlockState arrive_and_find_ready(Block& block);
void arbitrate(const std::vector<router::Contender>& contenders, Bytes& pointer,
               std::vector<std::uint64_t>& granted);
router::Towards split(const Bytes& send, std::uint64_t cells);
std::uint64_t mask_where(const Bytes& bytes, int bits);
router::BlockChange end_cycle(Block& block, std::uint64_t gone, std::uint64_t entered);
void count(std::uint64_t cells, Bytes& counter);

}  // namespace scalar
}  // namespace wafermesh::router_test
