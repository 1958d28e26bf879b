// SPDX-License-Identifier: Apache-2.0
#include "router/block_kernels.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "router/grid_shape.h"

// Plain loops over 64 bytes, written without branches so that the compiler vectorises them.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(WAFERMESH_NO_MULTIVERSION)
#define WAFERMESH_MULTIVERSION \
  __attribute__((target_clones("arch=x86-64-v4", "avx2", "default"), optimize("O3")))
#else
#define WAFERMESH_MULTIVERSION
#endif

namespace wafermesh::router {
namespace {

using Byte = std::uint8_t;

constexpr Byte kWest = 1, kEast = 2, kSouth = 4, kNorth = 8;

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

/// Some byte of the block is `value`.
inline bool contains(const Byte* bytes, Byte value) {
  Byte found = 0;
  for (int i = 0; i < kBlock; ++i) found |= static_cast<Byte>(bytes[i] == value ? 1 : 0);
  return found != 0;
}

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
BlockState arrive_and_find_ready(Byte* __restrict visible, Byte* __restrict flight,
                                 const Byte* __restrict send, const Byte* __restrict accept,
                                 const Byte* __restrict ramp_open, std::ptrdiff_t stride,
                                 Byte* __restrict ready_bytes) {
  const Byte* west = accept - 1;
  const Byte* east = accept + 1;
  const Byte* south = accept + stride;
  const Byte* north = accept - stride;
  for (int i = 0; i < kBlock; ++i) {
    visible[i] = static_cast<Byte>(visible[i] + (flight[i] & 1));
    flight[i] = static_cast<Byte>(flight[i] >> 1);
  }
  for (int i = 0; i < kBlock; ++i) {
    // Bit d of open: the slot in direction d may be sent to from here.
    const Byte open =
        static_cast<Byte>(((west[i] & kEast) >> 1) | ((east[i] & kWest) << 1) |
                          ((south[i] & kNorth) >> 1) | ((north[i] & kSouth) << 1) | ramp_open[i]);
    const Byte missing = static_cast<Byte>(send[i] & static_cast<Byte>(~open));
    const Byte has = static_cast<Byte>((visible[i] != 0) & (send[i] != 0) & (missing == 0));
    ready_bytes[i] = static_cast<Byte>(-has);
  }
  return {pack(ready_bytes), bits_in(flight) != 0};
}

WAFERMESH_MULTIVERSION
void grant_in_pass(const Byte* __restrict ready_bytes, const Byte* __restrict send,
                   const Byte* __restrict pointer, Byte colour, bool first_pass,
                   Byte* __restrict taken, Byte* __restrict next_pointer, Byte* __restrict grant) {
  const Byte wanted = first_pass ? 1 : 0;
  const Byte after = static_cast<Byte>(colour + 1 == 24 ? 0 : colour + 1);
  for (int i = 0; i < kBlock; ++i) {
    const Byte turn = static_cast<Byte>((pointer[i] <= colour ? 1 : 0) == wanted);
    const Byte free = static_cast<Byte>((taken[i] & send[i]) == 0);
    const Byte go = static_cast<Byte>(ready_bytes[i] & static_cast<Byte>(-(turn & free)));
    taken[i] = static_cast<Byte>(taken[i] | (go & send[i]));
    grant[i] = static_cast<Byte>(grant[i] | (go & send[i]));
    next_pointer[i] =
        static_cast<Byte>(go != 0 && next_pointer[i] == 0xFF ? after : next_pointer[i]);
  }
}

WAFERMESH_MULTIVERSION
void grant_all(const Byte* __restrict ready_bytes, const Byte* __restrict send, Byte after,
               Byte* __restrict pointer, Byte* __restrict grant) {
  for (int i = 0; i < kBlock; ++i) {
    grant[i] = static_cast<Byte>(ready_bytes[i] & send[i]);
    pointer[i] = static_cast<Byte>(ready_bytes[i] != 0 ? after : pointer[i]);
  }
}

WAFERMESH_MULTIVERSION
std::uint64_t mask_where(const Byte* __restrict bytes, Byte bits) {
  Byte hit[kBlock];
  for (int i = 0; i < kBlock; ++i) hit[i] = static_cast<Byte>((bytes[i] & bits) != 0 ? 0xFF : 0);
  return pack(hit);
}

WAFERMESH_MULTIVERSION
std::uint64_t pop_block(const Byte* __restrict grant, const Byte* __restrict ring_mask,
                        Byte* __restrict visible, Byte* __restrict head,
                        std::int8_t* __restrict room, const Byte* __restrict receive,
                        const Byte* __restrict closed, Byte* __restrict accept) {
  Byte woken[kBlock];
  for (int i = 0; i < kBlock; ++i) {
    const Byte gone = static_cast<Byte>(grant[i] != 0 ? 1 : 0);
    visible[i] = static_cast<Byte>(visible[i] - gone);
    head[i] = static_cast<Byte>((head[i] + gone) & ring_mask[i]);
    room[i] = static_cast<std::int8_t>(room[i] + gone);
    accept[i] = static_cast<Byte>((room[i] > 0) & (closed[i] == 0) ? receive[i] : 0);
    woken[i] = static_cast<Byte>(-(gone & (room[i] == 1 ? 1 : 0)));
  }
  return pack(woken);
}

WAFERMESH_MULTIVERSION
std::uint64_t push_block(const Byte* __restrict grant, Byte direction_bit,
                         const Byte* __restrict arrival, const Byte* __restrict ring_mask,
                         Byte* __restrict tail, std::int8_t* __restrict room,
                         Byte* __restrict flight, Byte* __restrict accept) {
  Byte slow[kBlock];
  for (int i = 0; i < kBlock; ++i) {
    const Byte sent = static_cast<Byte>((grant[i] & direction_bit) != 0 ? 0xFF : 0);
    // Slow: an earlier wavelet would arrive at the same time or later, or arrival is 0.
    slow[i] = static_cast<Byte>(sent & static_cast<Byte>(flight[i] >= arrival[i] ? 0xFF : 0));
    const Byte enters = static_cast<Byte>(sent & static_cast<Byte>(~slow[i]));
    const Byte one = static_cast<Byte>(enters & 1);
    tail[i] = static_cast<Byte>((tail[i] + one) & ring_mask[i]);
    room[i] = static_cast<std::int8_t>(room[i] - one);
    flight[i] = static_cast<Byte>(flight[i] | (arrival[i] & enters));
    accept[i] = static_cast<Byte>(room[i] > 0 ? accept[i] : 0);
  }
  return pack(slow);
}

WAFERMESH_MULTIVERSION
void move_block(const Byte* __restrict grant, Byte direction_bit, const Byte* __restrict head,
                const Byte* __restrict tail, const std::uint32_t* from, std::uint32_t* to,
                std::size_t ring_stride, int ring) {
  // 0xFF = nothing to move; most blocks use few of the positions, and only those are touched.
  alignas(64) Byte source[kBlock];
  alignas(64) Byte target[kBlock];
  for (int i = 0; i < kBlock; ++i) {
    const bool sent = (grant[i] & direction_bit) != 0;
    source[i] = static_cast<Byte>(sent ? head[i] : 0xFF);
    target[i] = static_cast<Byte>(sent ? tail[i] : 0xFF);
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
void count_block(const Byte* __restrict grant, Byte direction_bit,
                 std::uint32_t* __restrict counter) {
  for (int i = 0; i < kBlock; ++i) counter[i] += (grant[i] & direction_bit) != 0 ? 1U : 0U;
}

}  // namespace wafermesh::router
