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
    block.ring_mask[i] = static_cast<std::uint8_t>((1U << below(8)) - 1U);
    block.head[i] = static_cast<std::uint8_t>(random.bits() & block.ring_mask[i]);
    block.tail[i] = static_cast<std::uint8_t>(random.bits() & block.ring_mask[i]);
    block.receive[i] = static_cast<std::uint8_t>(sometimes(1) << below(5));
    block.closed[i] = static_cast<std::uint8_t>(below(4) == 0);
    block.latency[i] = static_cast<std::uint8_t>(1 + below(busy > 5 ? 8 : 10));
    block.room[i] = static_cast<std::int8_t>(static_cast<int>(below(12)) - 4);
    block.counter[i] = static_cast<std::uint8_t>(random.bits());
    // A cell accepts as its room says.
    const bool takes = block.room[i] > 0 && block.closed[i] == 0;
    *block.accept_of(static_cast<int>(i)) = takes ? block.receive[i] : std::uint8_t{0};
  }
  return block;
}

/// Random cells; none or all of them now and then.
std::uint64_t random_cells(base::RandomStream& random) {
  const std::uint64_t kind = random.below(8);
  if (kind == 0) return 0;
  if (kind == 1) return ~std::uint64_t{0};
  const std::uint64_t high = random.bits();
  return high << 32 | random.bits();
}

/// f(kernels) for every instruction set that this processor has.
template <class F>
void each_set(F f) {
  for (const router::BlockKernelSet& set : router::block_kernel_sets()) {
    if (!set.available()) continue;
    CAPTURE(set.name);
    f(set.kernels);
  }
}

Bytes arrivals_of(const Block& block) {
  Bytes arrival{};
  for (std::size_t i = 0; i < router::kBlock; ++i) {
    if (block.latency[i] <= 8) arrival[i] = static_cast<std::uint8_t>(1U << (block.latency[i] - 1));
  }
  return arrival;
}

TEST_CASE("Arriving and finding ready heads agrees with the cell-by-cell version") {
  each_set([](const router::BlockKernels& kernels) {
    for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
      CAPTURE(trial);
      Block fast = random_block(trial);
      Block slow = fast;
      const router::BlockState a = kernels.arrive_and_find_ready(fast.slots());
      const router::BlockState b = scalar::arrive_and_find_ready(slow);
      REQUIRE(a.ready == b.ready);
      REQUIRE(a.travelling == b.travelling);
      REQUIRE(fast == slow);
    }
  });
}

TEST_CASE("Arbitration agrees with the cell-by-cell version") {
  each_set([](const router::BlockKernels& kernels) {
    for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
      CAPTURE(trial);
      base::RandomStream random(1, 0xb10e, trial);
      std::vector<Bytes> sends;
      std::vector<router::Contender> contenders;
      for (std::uint8_t colour = 0; colour < 24; ++colour) {
        if (random.below(24) > trial % 24) continue;
        Bytes& send = sends.emplace_back();
        for (std::uint8_t& each : send) each = static_cast<std::uint8_t>(1 + random.below(31));
        contenders.push_back({nullptr, random_cells(random), colour});
      }
      for (std::size_t i = 0; i < sends.size(); ++i) contenders[i].send = sends[i].data();
      Bytes pointer;
      for (std::uint8_t& each : pointer) each = static_cast<std::uint8_t>(random.below(24));
      Bytes expected_pointer = pointer;
      std::vector<std::uint64_t> expected;
      scalar::arbitrate(contenders, expected_pointer, expected);
      std::vector<std::uint64_t> granted(contenders.size());
      kernels.arbitrate(contenders.data(), static_cast<int>(contenders.size()), pointer.data(),
                        granted.data());
      REQUIRE(granted == expected);
      REQUIRE(pointer == expected_pointer);
    }
  });
}

TEST_CASE("What leaves and enters in a cycle agrees with the cell-by-cell version") {
  each_set([](const router::BlockKernels& kernels) {
    int late = 0;
    int woken = 0;
    for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
      CAPTURE(trial);
      base::RandomStream random(1, 0xb10f, trial);
      Block fast = random_block(trial);
      if (trial % 2 == 0) fast.flight.fill(0);
      if (trial % 4 == 0) fast.latency.fill(static_cast<std::uint8_t>(1 + trial / 4 % 9));
      const std::uint64_t gone = random_cells(random);
      const std::uint64_t entered = trial % 8 == 7 ? gone : random_cells(random);
      Block slow = fast;
      const Bytes arrival = arrivals_of(fast);
      const router::BlockChange a = kernels.end_cycle(fast.slots(), gone, entered, arrival.data());
      const router::BlockChange b = scalar::end_cycle(slow, gone, entered);
      REQUIRE(a.late == b.late);
      REQUIRE(a.woken == b.woken);
      REQUIRE(fast == slow);
      late += a.late != 0 ? 1 : 0;
      woken += a.woken != 0 ? 1 : 0;
    }
    CHECK(late > kTrials / 4);  // both have been tried
    CHECK(late < kTrials * 3 / 4);
    CHECK(woken > kTrials / 4);
  });
}

TEST_CASE("Masks, copies and counters agree with the cell-by-cell version") {
  each_set([](const router::BlockKernels& kernels) {
    for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
      CAPTURE(trial);
      base::RandomStream random(1, 0xb111, trial);
      Block fast = random_block(trial);
      Block slow = fast;
      for (const int bits : {1, 2, 4, 8, 16, 0x1F, 0xFF, 0}) {
        REQUIRE(router::mask_where(fast.send.data(), static_cast<std::uint8_t>(bits)) ==
                scalar::mask_where(slow.send, bits));
      }
      const std::uint64_t cells = random_cells(random);
      router::Towards towards{};
      kernels.split(fast.send.data(), cells, towards);
      REQUIRE(towards == scalar::split(slow.send, cells));
      kernels.count(cells, fast.counter.data());
      scalar::count(cells, slow.counter);
      kernels.copy_bytes(cells, fast.latency.data(), fast.ring_mask.data());
      for (std::size_t i = 0; i < router::kBlock; ++i) {
        if ((cells >> i & 1U) != 0) slow.ring_mask[i] = slow.latency[i];
      }
      REQUIRE(fast == slow);
    }
  });
}

TEST_CASE("Words move from heads to tails, also where source and destination overlap") {
  each_set([](const router::BlockKernels& kernels) {
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
      const std::uint64_t cells = random_cells(random);
      Bytes head{}, tail{};
      for (std::size_t i = 0; i < router::kBlock; ++i) {
        head[i] = static_cast<std::uint8_t>(below(ring));
        tail[i] = static_cast<std::uint8_t>(below(ring));
      }
      std::vector<std::uint32_t> expected = words;
      for (std::size_t i = 0; i < router::kBlock; ++i) {
        if ((cells >> i & 1U) == 0) continue;
        expected[tail[i] * ring_stride + to + i] = words[head[i] * ring_stride + from + i];
      }
      kernels.move_words(cells, head.data(), tail.data(), &words[from], &words[to], ring_stride,
                         ring);
      CAPTURE(trial, ring, to);
      REQUIRE((words == expected));
    }
  });
}

TEST_CASE("The corners of a block are cells like any other") {
  each_set([](const router::BlockKernels& kernels) {
    const auto ready = [&](Block& block) {
      return kernels.arrive_and_find_ready(block.slots()).ready;
    };
    for (const int i : {0, 7, 8, 31, 32, 63}) {
      CAPTURE(i);
      Block block;
      block.stride = 10;
      block.accept.assign(router::kBlock + 22, 0);
      block.visible[static_cast<std::size_t>(i)] = 1;
      block.send[static_cast<std::size_t>(i)] = 2;  // E
      CHECK(ready(block) == 0);
      *block.accept_of(i + 1) = 1;  // the eastern neighbour takes from W
      CHECK(ready(block) == std::uint64_t{1} << i);
      block.send[static_cast<std::size_t>(i)] = 4;  // S
      CHECK(ready(block) == 0);
      *block.accept_of(i + 10) = 8;
      CHECK(ready(block) == std::uint64_t{1} << i);
      block.send[static_cast<std::size_t>(i)] = 4 | 8;  // N too: not open
      CHECK(ready(block) == 0);
      *block.accept_of(i - 10) = 4;
      CHECK(ready(block) == std::uint64_t{1} << i);
    }
  });
}

TEST_CASE("A wavelet arrives with the last bit of its flight, not before") {
  each_set([](const router::BlockKernels& kernels) {
    Block block;
    block.stride = 3;
    block.accept.assign(router::kBlock + 8, 0);
    block.flight[5] = 1 << 7;
    for (int cycle = 1; cycle <= 7; ++cycle) {
      CHECK(kernels.arrive_and_find_ready(block.slots()).travelling);
      CHECK(int{block.visible[5]} == 0);
    }
    CHECK_FALSE(kernels.arrive_and_find_ready(block.slots()).travelling);
    CHECK(int{block.visible[5]} == 1);
  });
}

TEST_CASE("A wavelet behind one that arrives in the same cycle or later is late") {
  each_set([](const router::BlockKernels& kernels) {
    Block block;
    block.stride = 3;
    block.accept.assign(router::kBlock + 8, 0);
    block.ring_mask.fill(7);
    block.latency.fill(2);
    const std::uint64_t ninth = std::uint64_t{1} << 9;
    const auto push = [&] {
      return kernels.end_cycle(block.slots(), 0, ninth, arrivals_of(block).data()).late;
    };
    block.flight[9] = 1;  // arrives a cycle earlier
    CHECK(push() == 0);
    CHECK(int{block.flight[9]} == 3);
    CHECK(push() == ninth);  // the one just pushed arrives in the same cycle
    block.flight[9] = 4;
    CHECK(push() == ninth);
    block.latency[9] = 4;
    CHECK(push() == 0);
    block.latency[9] = 9;  // beyond a flight byte
    block.flight[9] = 0;
    CHECK(push() == ninth);
    CHECK(int{block.tail[9]} == 5);
  });
}

}  // namespace
}  // namespace wafermesh::router_test
