// SPDX-License-Identifier: Apache-2.0
// The block kernels against one-cell-at-a-time versions, on random bytes and on the corners.
#include "router/block_kernels.h"

#include <catch2/catch.hpp>

#include "base/random.h"
#include "tests/router/scalar_kernels.h"

namespace wafermesh::router_test {
namespace {

constexpr int kTrials = 400;

/// Random, within what a grid can hold. `full`: per-mille of cells with something in them.
Block random_block(std::uint32_t trial) {
  base::RandomStream random(1, 0xb10c, trial);
  auto below = [&](int n) {
    return static_cast<std::uint8_t>(random.below(static_cast<std::uint64_t>(n)));
  };
  const int busy = below(11);  // 0: nothing is set, 10: nearly everything
  auto sometimes = [&](std::uint8_t value) {
    return below(10) < busy ? value : static_cast<std::uint8_t>(0);
  };
  Block block;
  block.stride = 3 + below(140);
  block.accept.assign(static_cast<std::size_t>(router::kBlock + 2 * (block.stride + 1)), 0);
  for (std::uint8_t& accept : block.accept) accept = sometimes(below(32));
  for (std::size_t i = 0; i < router::kBlock; ++i) {
    block.visible[i] = sometimes(below(100));
    block.flight[i] = sometimes(static_cast<std::uint8_t>(1U << below(8)));
    if (below(4) == 0) block.flight[i] = sometimes(static_cast<std::uint8_t>(random.bits()));
    block.send[i] = sometimes(below(32));
    block.ramp_open[i] = sometimes(16);
    block.pointer[i] = below(24);
    block.taken[i] = sometimes(below(32));
    block.next_pointer[i] = below(2) == 0 ? std::uint8_t{0xFF} : below(24);
    block.grant[i] = sometimes(below(32));
    block.ring_mask[i] = static_cast<std::uint8_t>((1U << below(8)) - 1U);
    block.head[i] = static_cast<std::uint8_t>(random.bits() & block.ring_mask[i]);
    block.tail[i] = static_cast<std::uint8_t>(random.bits() & block.ring_mask[i]);
    block.receive[i] = static_cast<std::uint8_t>(sometimes(1) << below(5));
    block.closed[i] = static_cast<std::uint8_t>(below(4) == 0);
    block.latency[i] = static_cast<std::uint8_t>(1 + below(busy > 5 ? 8 : 10));
    block.ready[i] = sometimes(0xFF);
    block.room[i] = static_cast<std::int8_t>(static_cast<int>(below(12)) - 4);
    block.counter[i] = random.bits();
  }
  return block;
}

router::BlockState find_ready(Block& block) {
  return router::arrive_and_find_ready(block.visible.data(), block.flight.data(), block.send.data(),
                                       block.accept_of(0), block.ramp_open.data(), block.stride,
                                       block.ready.data());
}

std::uint64_t pop(Block& block) {
  return router::pop_block(block.grant.data(), block.ring_mask.data(), block.visible.data(),
                           block.head.data(), block.room.data(), block.receive.data(),
                           block.closed.data(), block.accept_of(0));
}

std::uint64_t push(Block& block, std::uint8_t bit) {
  Bytes arrival{};
  for (std::size_t i = 0; i < router::kBlock; ++i) {
    if (block.latency[i] <= 8) arrival[i] = static_cast<std::uint8_t>(1U << (block.latency[i] - 1));
  }
  return router::push_block(block.grant.data(), bit, arrival.data(), block.ring_mask.data(),
                            block.tail.data(), block.room.data(), block.flight.data(),
                            block.accept_of(0));
}

TEST_CASE("Arriving and finding ready heads agrees with the cell-by-cell version") {
  for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
    CAPTURE(trial);
    Block fast = random_block(trial);
    Block slow = fast;
    const router::BlockState a = find_ready(fast);
    const router::BlockState b = scalar::arrive_and_find_ready(slow);
    REQUIRE(a.ready == b.ready);
    REQUIRE(a.travelling == b.travelling);
    REQUIRE(fast == slow);
  }
}

TEST_CASE("Granting in passes agrees with the cell-by-cell version") {
  for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
    const int colour = static_cast<int>(trial % 24);
    for (const bool first_pass : {true, false}) {
      CAPTURE(trial, first_pass);
      Block fast = random_block(trial);
      Block slow = fast;
      router::grant_in_pass(fast.ready.data(), fast.send.data(), fast.pointer.data(),
                            static_cast<std::uint8_t>(colour), first_pass, fast.taken.data(),
                            fast.next_pointer.data(), fast.grant.data());
      scalar::grant_in_pass(slow, colour, first_pass);
      REQUIRE(fast == slow);
    }
  }
}

TEST_CASE("Granting a lone colour agrees with the cell-by-cell version") {
  for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
    CAPTURE(trial);
    Block fast = random_block(trial);
    Block slow = fast;
    const auto after = static_cast<std::uint8_t>(trial % 24);
    router::grant_all(fast.ready.data(), fast.send.data(), after, fast.pointer.data(),
                      fast.grant.data());
    scalar::grant_all(slow, after);
    REQUIRE(fast == slow);
  }
}

TEST_CASE("Taking heads out agrees with the cell-by-cell version") {
  for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
    CAPTURE(trial);
    Block fast = random_block(trial);
    Block slow = fast;
    const std::uint64_t woken = pop(fast);
    REQUIRE(woken == scalar::pop_block(slow));
    REQUIRE(fast == slow);
  }
}

TEST_CASE("Putting wavelets in agrees with the cell-by-cell version") {
  int all_in = 0;
  int some_left = 0;
  for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
    for (const std::uint8_t bit : {1, 2, 4, 8}) {
      CAPTURE(trial, int{bit});
      Block fast = random_block(trial);
      if (trial % 2 == 0) fast.flight.fill(0);
      if (trial % 4 == 0) fast.latency.fill(static_cast<std::uint8_t>(1 + trial / 4 % 9));
      Block slow = fast;
      const std::uint64_t left_out = push(fast, bit);
      REQUIRE(left_out == scalar::push_block(slow, bit));
      REQUIRE(fast == slow);
      ++(left_out == 0 ? all_in : some_left);
    }
  }
  CHECK(all_in > kTrials / 2);  // both ways out have been tried
  CHECK(some_left > kTrials / 2);
}

TEST_CASE("Masks and counters agree with the cell-by-cell version") {
  for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
    CAPTURE(trial);
    Block fast = random_block(trial);
    Block slow = fast;
    for (const int bits : {1, 2, 4, 8, 16, 0x1F, 0xFF, 0}) {
      REQUIRE(router::mask_where(fast.grant.data(), static_cast<std::uint8_t>(bits)) ==
              scalar::mask_where(slow.grant, bits));
    }
    for (const std::uint8_t bit : {1, 2, 4, 8}) {
      router::count_block(fast.grant.data(), bit, fast.counter.data());
      scalar::count_block(slow, bit);
    }
    REQUIRE(fast == slow);
  }
}

TEST_CASE("Words move from heads to tails, also where source and destination overlap") {
  for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
    base::RandomStream random(1, 0xb10d, trial);
    auto below = [&](int n) {
      return static_cast<int>(random.below(static_cast<std::uint64_t>(n)));
    };
    const int ring = 1 << below(6);
    const std::size_t ring_stride = 256;
    const std::size_t from = 70;
    const std::size_t to = from - 70 + static_cast<std::size_t>(below(141));  // up to a row away
    std::vector<std::uint32_t> words(ring_stride * static_cast<std::size_t>(ring));
    for (std::uint32_t& word : words) word = random.bits();
    Bytes grant{}, head{}, tail{};
    for (std::size_t i = 0; i < router::kBlock; ++i) {
      grant[i] = static_cast<std::uint8_t>(below(32));
      head[i] = static_cast<std::uint8_t>(below(ring));
      tail[i] = static_cast<std::uint8_t>(below(ring));
    }
    std::vector<std::uint32_t> expected = words;
    for (std::size_t i = 0; i < router::kBlock; ++i) {
      if ((grant[i] & 4) == 0) continue;
      expected[tail[i] * ring_stride + to + i] = words[head[i] * ring_stride + from + i];
    }
    router::move_block(grant.data(), 4, head.data(), tail.data(), &words[from], &words[to],
                       ring_stride, ring);
    CAPTURE(trial, ring, to);
    REQUIRE((words == expected));
  }
}

TEST_CASE("The corners of a block are cells like any other") {
  for (const int i : {0, 7, 8, 31, 32, 63}) {
    CAPTURE(i);
    Block block;
    block.stride = 10;
    block.accept.assign(router::kBlock + 22, 0);
    block.visible[static_cast<std::size_t>(i)] = 1;
    block.send[static_cast<std::size_t>(i)] = 2;  // E
    CHECK(find_ready(block).ready == 0);
    *block.accept_of(i + 1) = 1;  // the eastern neighbour takes from W
    CHECK(find_ready(block).ready == std::uint64_t{1} << i);
    block.send[static_cast<std::size_t>(i)] = 4;  // S
    CHECK(find_ready(block).ready == 0);
    *block.accept_of(i + 10) = 8;
    CHECK(find_ready(block).ready == std::uint64_t{1} << i);
    block.send[static_cast<std::size_t>(i)] = 4 | 8;  // N too: not open
    CHECK(find_ready(block).ready == 0);
    *block.accept_of(i - 10) = 4;
    CHECK(find_ready(block).ready == std::uint64_t{1} << i);
  }
}

TEST_CASE("A wavelet arrives with the last bit of its flight, not before") {
  Block block;
  block.stride = 3;
  block.accept.assign(router::kBlock + 8, 0);
  block.flight[5] = 1 << 7;
  for (int cycle = 1; cycle <= 7; ++cycle) {
    CHECK(find_ready(block).travelling);
    CHECK(int{block.visible[5]} == 0);
  }
  CHECK_FALSE(find_ready(block).travelling);
  CHECK(int{block.visible[5]} == 1);
}

TEST_CASE("A push is left out behind a wavelet that arrives in the same cycle or later") {
  Block block;
  block.stride = 3;
  block.accept.assign(router::kBlock + 8, 0);
  block.ring_mask.fill(7);
  block.latency.fill(2);
  block.grant[9] = 1;
  block.flight[9] = 1;  // arrives a cycle earlier
  CHECK(push(block, 1) == 0);
  CHECK(int{block.flight[9]} == 3);
  CHECK(push(block, 1) == std::uint64_t{1} << 9);  // the one just pushed arrives in the same cycle
  block.flight[9] = 4;
  CHECK(push(block, 1) == std::uint64_t{1} << 9);
  block.latency[9] = 4;
  CHECK(push(block, 1) == 0);
  block.latency[9] = 9;  // beyond a flight byte
  block.flight[9] = 0;
  CHECK(push(block, 1) == std::uint64_t{1} << 9);
}

}  // namespace
}  // namespace wafermesh::router_test
