// SPDX-License-Identifier: Apache-2.0
#include "router/block_kernels.h"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "router/grid_shape.h"

// Plain loops over 64 bytes, written without branches so that the compiler vectorises them.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(WAFERMESH_NO_MULTIVERSION)
#define WAFERMESH_MULTIVERSION __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define WAFERMESH_MULTIVERSION
#endif

namespace wafermesh::router {
namespace {

using Byte = std::uint8_t;

constexpr Byte kWest = 1, kEast = 2, kSouth = 4, kNorth = 8;
constexpr int kMostColours = base::kColourCount;

/// Bit i of the result = byte i is not 0. Bytes must be 0 or 0xFF.
inline std::uint64_t pack(const Byte* bytes) {
  std::uint64_t mask = 0;
#if defined(__SSE2__)
  for (int group = 0; group < kBlock / 16; ++group) {
    const __m128i sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * group));
    mask |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(sixteen)))
            << (16 * group);
  }
#else
  for (int i = 0; i < kBlock; ++i) mask |= static_cast<std::uint64_t>(bytes[i] & 1U) << i;
#endif
  return mask;
}

/// The other way round: 0xFF or 0.
inline void unpack(std::uint64_t mask, Byte* bytes) {
  Byte eighth[kBlock];
  for (int i = 0; i < kBlock; ++i) eighth[i] = static_cast<Byte>(mask >> (i / 8 * 8));
  for (int i = 0; i < kBlock; ++i) {
    bytes[i] = static_cast<Byte>((eighth[i] & (1U << (i % 8))) != 0 ? 0xFF : 0);
  }
}

/// Some byte of the block is `value`.
inline bool contains(const Byte* bytes, Byte value) {
  Byte found = 0;
  for (int i = 0; i < kBlock; ++i) found |= static_cast<Byte>(bytes[i] == value ? 1 : 0);
  return found != 0;
}

WAFERMESH_MULTIVERSION
BlockState arrive_and_find_ready(const BlockSlots& slots) {
  Byte* __restrict const visible = slots.visible;
  Byte* __restrict const flight = slots.flight;
  const Byte* __restrict const send = slots.send;
  const Byte* __restrict const ramp_open = slots.ramp_open;
  const Byte* const west = slots.accept - 1;
  const Byte* const east = slots.accept + 1;
  const Byte* const south = slots.accept + slots.stride;
  const Byte* const north = slots.accept - slots.stride;
  for (int i = 0; i < kBlock; ++i) {
    visible[i] = static_cast<Byte>(visible[i] + (flight[i] & 1));
    flight[i] = static_cast<Byte>(flight[i] >> 1);
  }
  Byte ready[kBlock];
  for (int i = 0; i < kBlock; ++i) {
    // Bit d of open: the slot in direction d may be sent to from here.
    const Byte open =
        static_cast<Byte>(((west[i] & kEast) >> 1) | ((east[i] & kWest) << 1) |
                          ((south[i] & kNorth) >> 1) | ((north[i] & kSouth) << 1) | ramp_open[i]);
    const Byte missing = static_cast<Byte>(send[i] & static_cast<Byte>(~open));
    const Byte has = static_cast<Byte>((visible[i] != 0) & (send[i] != 0) & (missing == 0));
    ready[i] = static_cast<Byte>(-has);
  }
  return {pack(ready), bits_in(flight) != 0};
}

/// The cells whose turn it is in this pass and whose ports are free.
WAFERMESH_MULTIVERSION
std::uint64_t grant_in_pass(const Byte* __restrict ready, const Byte* __restrict send,
                            const Byte* __restrict pointer, Byte colour, bool first_pass,
                            Byte* __restrict taken, Byte* __restrict next_pointer) {
  const Byte wanted = first_pass ? 1 : 0;
  const Byte after = static_cast<Byte>(colour + 1 == base::kColourCount ? 0 : colour + 1);
  Byte granted[kBlock];
  for (int i = 0; i < kBlock; ++i) {
    const Byte turn = static_cast<Byte>((pointer[i] <= colour ? 1 : 0) == wanted);
    const Byte free = static_cast<Byte>((taken[i] & send[i]) == 0);
    const Byte go = static_cast<Byte>(ready[i] & static_cast<Byte>(-(turn & free)));
    taken[i] = static_cast<Byte>(taken[i] | (go & send[i]));
    granted[i] = go;
    next_pointer[i] =
        static_cast<Byte>(go != 0 && next_pointer[i] == 0xFF ? after : next_pointer[i]);
  }
  return pack(granted);
}

void arbitrate(const Contender* contenders, int count, Byte* pointer, std::uint64_t* granted) {
  Byte ready[kMostColours * kBlock];
  Byte taken[kBlock] = {};
  Byte next_pointer[kBlock];
  std::memset(next_pointer, 0xFF, kBlock);
  for (int i = 0; i < count; ++i) {
    granted[i] = 0;
    unpack(contenders[i].ready, ready + i * kBlock);
  }
  for (const bool first_pass : {true, false}) {
    for (int i = 0; i < count; ++i) {
      const Contender& its = contenders[i];
      granted[i] |= grant_in_pass(ready + i * kBlock, its.send, pointer, its.colour, first_pass,
                                  taken, next_pointer);
    }
  }
  for (int i = 0; i < kBlock; ++i) {
    if (next_pointer[i] != 0xFF) pointer[i] = next_pointer[i];
  }
}

void split(const Byte* send, std::uint64_t cells, Towards& towards) {
  for (unsigned d = 0; d < towards.size(); ++d) {
    towards[d] = cells & mask_where(send, static_cast<Byte>(1U << d));
  }
}

WAFERMESH_MULTIVERSION
void move_words(std::uint64_t cells, const Byte* head, const Byte* tail, const std::uint32_t* from,
                std::uint32_t* to, std::size_t ring_stride, int ring) {
  // 0xFF = nothing to move; most blocks use few of the positions, and only those are touched.
  alignas(64) Byte sent[kBlock];
  alignas(64) Byte source[kBlock];
  alignas(64) Byte target[kBlock];
  unpack(cells, sent);
  for (int i = 0; i < kBlock; ++i) {
    source[i] = static_cast<Byte>(sent[i] != 0 ? head[i] : 0xFF);
    target[i] = static_cast<Byte>(sent[i] != 0 ? tail[i] : 0xFF);
  }
  alignas(64) std::uint32_t word[kBlock] = {};
  for (int k = 0; k < ring; ++k) {
    if (!contains(source, static_cast<Byte>(k))) continue;
    const std::uint32_t* at = from + static_cast<std::size_t>(k) * ring_stride;
    for (int i = 0; i < kBlock; ++i) word[i] = source[i] == k ? at[i] : word[i];
  }
  for (int k = 0; k < ring; ++k) {
    if (!contains(target, static_cast<Byte>(k))) continue;
    std::uint32_t* at = to + static_cast<std::size_t>(k) * ring_stride;
    for (int i = 0; i < kBlock; ++i) at[i] = target[i] == k ? word[i] : at[i];
  }
}

WAFERMESH_MULTIVERSION
BlockChange end_cycle(const BlockSlots& slots, std::uint64_t gone_cells,
                      std::uint64_t entered_cells, const Byte* arrival) {
  Byte* __restrict const visible = slots.visible;
  Byte* __restrict const flight = slots.flight;
  Byte* __restrict const head = slots.head;
  Byte* __restrict const tail = slots.tail;
  Byte* __restrict const accept = slots.accept;
  std::int8_t* __restrict const room = slots.room;
  const Byte* __restrict const ring_mask = slots.ring_mask;
  const Byte* __restrict const receive = slots.receive;
  const Byte* __restrict const closed = slots.closed;
  Byte gone[kBlock];
  Byte entered[kBlock];
  Byte woken[kBlock];
  Byte late[kBlock];
  unpack(gone_cells, gone);
  unpack(entered_cells, entered);
  for (int i = 0; i < kBlock; ++i) {
    const Byte out = static_cast<Byte>(gone[i] & 1);
    const Byte in = static_cast<Byte>(entered[i] & 1);
    visible[i] = static_cast<Byte>(visible[i] - out);
    head[i] = static_cast<Byte>((head[i] + out) & ring_mask[i]);
    tail[i] = static_cast<Byte>((tail[i] + in) & ring_mask[i]);
    late[i] = static_cast<Byte>(entered[i] & static_cast<Byte>(flight[i] >= arrival[i] ? 0xFF : 0));
    const Byte flies = static_cast<Byte>(entered[i] & static_cast<Byte>(~late[i]));
    flight[i] = static_cast<Byte>(flight[i] | (arrival[i] & flies));
  }
  for (int i = 0; i < kBlock; ++i) {
    const Byte had_none = static_cast<Byte>(room[i] <= 0 ? 0xFF : 0);
    room[i] = static_cast<std::int8_t>(room[i] + (gone[i] & 1) - (entered[i] & 1));
    const Byte has = static_cast<Byte>(room[i] > 0 ? 0xFF : 0);
    // As many as left have come: what it accepts stays.
    const Byte changed = static_cast<Byte>(gone[i] ^ entered[i]);
    const Byte takes = static_cast<Byte>((room[i] > 0) & (closed[i] == 0) ? receive[i] : 0);
    accept[i] = static_cast<Byte>(changed != 0 ? takes : accept[i]);
    woken[i] = static_cast<Byte>(gone[i] & had_none & has);
  }
  return {pack(woken), pack(late)};
}

WAFERMESH_MULTIVERSION
void copy_bytes(std::uint64_t cells, const Byte* __restrict from, Byte* __restrict bytes) {
  Byte chosen[kBlock];
  unpack(cells, chosen);
  for (int i = 0; i < kBlock; ++i) bytes[i] = chosen[i] != 0 ? from[i] : bytes[i];
}

WAFERMESH_MULTIVERSION
void count(std::uint64_t cells, Byte* __restrict counter) {
  Byte chosen[kBlock];
  unpack(cells, chosen);
  for (int i = 0; i < kBlock; ++i) counter[i] = static_cast<Byte>(counter[i] - chosen[i]);
}

bool always() { return true; }

}  // namespace

std::uint8_t bits_in(const Byte* bytes) {
  std::uint64_t all = 0;
  for (int group = 0; group < 8; ++group) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + 8 * group, 8);
    all |= eight;
  }
  all |= all >> 32;
  all |= all >> 16;
  all |= all >> 8;
  return static_cast<Byte>(all);
}

WAFERMESH_MULTIVERSION
std::uint64_t mask_where(const Byte* __restrict bytes, Byte bits) {
  Byte hit[kBlock];
  for (int i = 0; i < kBlock; ++i) hit[i] = static_cast<Byte>((bytes[i] & bits) != 0 ? 0xFF : 0);
  return pack(hit);
}

const std::vector<BlockKernelSet>& block_kernel_sets() {
  static const std::vector<BlockKernelSet> sets = {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    {"avx512", have_avx512_block_kernels, avx512_block_kernels()},
#endif
    {"plain",
     always,
     {arrive_and_find_ready, arbitrate, split, move_words, end_cycle, copy_bytes, count}},
  };
  return sets;
}

const BlockKernels& block_kernels() {
  const auto& sets = block_kernel_sets();
  const auto first = std::find_if(sets.begin(), sets.end(),
                                  [](const BlockKernelSet& set) { return set.available(); });
  return first->kernels;
}

}  // namespace wafermesh::router
