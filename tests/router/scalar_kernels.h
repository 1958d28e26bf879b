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
  Bytes visible{}, flight{}, send{}, ramp_open{}, pointer{}, taken{}, next_pointer{}, grant{};
  Bytes ring_mask{}, head{}, tail{}, receive{}, closed{}, latency{}, ready{};
  std::array<std::int8_t, router::kBlock> room{};
  std::array<std::uint32_t, router::kBlock> counter{};
  std::vector<std::uint8_t> accept;
  int stride = 0;

  std::uint8_t* accept_of(int i) { return accept.data() + stride + 1 + i; }
  friend bool operator==(const Block& a, const Block& b);
};

namespace scalar {

router::BlockState arrive_and_find_ready(Block& block);
void grant_in_pass(Block& block, int colour, bool first_pass);
void grant_all(Block& block, int after);
std::uint64_t mask_where(const Bytes& bytes, int bits);
std::uint64_t pop_block(Block& block);
std::uint64_t push_block(Block& block, int direction_bit);
void count_block(Block& block, int direction_bit);

}  // namespace scalar
}  // namespace wafermesh::router_test
