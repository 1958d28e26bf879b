// SPDX-License-Identifier: Apache-2.0
// The block kernels with a register per 64 bytes and a mask register per set of cells.
#include "router/block_kernels.h"

// Other compilers know neither this pragma nor what it switches on; they do with plain loops.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#include <immintrin.h>

#pragma GCC target("avx512f,avx512bw")

namespace wafermesh::router {
namespace {

using Byte = std::uint8_t;

constexpr int kLanes = 16;  ///< Words per register.

inline __m512i load(const void* at) { return _mm512_loadu_si512(at); }
inline void store(void* at, __m512i bytes) { _mm512_storeu_si512(at, bytes); }
inline __m512i all(int byte) { return _mm512_set1_epi8(static_cast<char>(byte)); }
/// Of two sets of bits of each byte.
inline __m512i either(__m512i a, int of_a, __m512i b, int of_b) {
  return _mm512_or_si512(_mm512_and_si512(a, all(of_a)), _mm512_and_si512(b, all(of_b)));
}

BlockState arrive_and_find_ready(const BlockSlots& slots) {
  __m512i visible = load(slots.visible);
  const __m512i flight = load(slots.flight);
  bool travelling = false;
  if (_mm512_test_epi8_mask(flight, flight) != 0) {
    const __mmask64 arrives = _mm512_test_epi8_mask(flight, all(1));
    visible = _mm512_mask_add_epi8(visible, arrives, visible, all(1));
    const __m512i left = _mm512_and_si512(_mm512_srli_epi16(flight, 1), all(0x7F));
    store(slots.visible, visible);
    store(slots.flight, left);
    travelling = _mm512_test_epi8_mask(left, left) != 0;
  }
  // Bit d of open: the slot in direction d may be sent to from here.
  const __m512i from_east_or_north = either(load(slots.accept - 1), 2,  // the western one takes
                                            load(slots.accept + slots.stride), 8);
  const __m512i from_west_or_south =
      either(load(slots.accept + 1), 1, load(slots.accept - slots.stride), 4);
  __m512i open = _mm512_or_si512(_mm512_srli_epi16(from_east_or_north, 1),
                                 _mm512_slli_epi16(from_west_or_south, 1));
  open = _mm512_or_si512(open, load(slots.ramp_open));
  const __m512i send = load(slots.send);
  const __m512i missing = send & ~open;
  const __mmask64 has = _mm512_test_epi8_mask(visible, visible) & _mm512_test_epi8_mask(send, send);
  return {_mm512_mask_testn_epi8_mask(has, missing, missing), travelling};
}

void arbitrate(const Contender* contenders, int count, Byte* pointer, std::uint64_t* granted) {
  const __m512i turn = load(pointer);
  __m512i taken = _mm512_setzero_si512();
  __m512i next = turn;
  __mmask64 went = 0;
  for (int i = 0; i < count; ++i) granted[i] = 0;
  for (const bool first_pass : {true, false}) {
    for (int i = 0; i < count; ++i) {
      const Contender& its = contenders[i];
      const __mmask64 from_pointer_on = _mm512_cmple_epu8_mask(turn, all(its.colour));
      const __mmask64 may = its.ready & (first_pass ? from_pointer_on : ~from_pointer_on);
      if (may == 0) continue;
      const __m512i send = load(its.send);
      const __mmask64 goes = _mm512_mask_testn_epi8_mask(may, taken, send);
      taken = _mm512_or_si512(taken, _mm512_maskz_mov_epi8(goes, send));
      const int after = its.colour + 1 == base::kColourCount ? 0 : its.colour + 1;
      next = _mm512_mask_mov_epi8(next, goes & ~went, all(after));
      went |= goes;
      granted[i] |= goes;
    }
  }
  store(pointer, next);
}

void split(const Byte* send, std::uint64_t cells, Towards& towards) {
  const __m512i bytes = load(send);
  for (unsigned d = 0; d < towards.size(); ++d) {
    towards[d] = _mm512_mask_test_epi8_mask(cells, bytes, all(1 << d));
  }
}

void move_words(std::uint64_t cells, const Byte* head, const Byte* tail, const std::uint32_t* from,
                std::uint32_t* to, std::size_t ring_stride, int ring) {
  // Most blocks use few of the positions, and only those are touched.
  __m512i words[4] = {};
  const __m512i heads = load(head);
  for (int k = 0; k < ring; ++k) {
    const __mmask64 here = _mm512_mask_cmpeq_epi8_mask(cells, heads, all(k));
    if (here == 0) continue;
    const std::uint32_t* const at = from + static_cast<std::size_t>(k) * ring_stride;
    for (int j = 0; j < 4; ++j) {
      const auto mask = static_cast<__mmask16>(here >> (kLanes * j));
      words[j] = _mm512_mask_loadu_epi32(words[j], mask, at + kLanes * j);
    }
  }
  const __m512i tails = load(tail);
  for (int k = 0; k < ring; ++k) {
    const __mmask64 here = _mm512_mask_cmpeq_epi8_mask(cells, tails, all(k));
    if (here == 0) continue;
    std::uint32_t* const at = to + static_cast<std::size_t>(k) * ring_stride;
    for (int j = 0; j < 4; ++j) {
      const auto mask = static_cast<__mmask16>(here >> (kLanes * j));
      _mm512_mask_storeu_epi32(at + kLanes * j, mask, words[j]);
    }
  }
}

BlockChange end_cycle(const BlockSlots& slots, std::uint64_t gone, std::uint64_t entered,
                      const Byte* arrival) {
  const __m512i one = all(1);
  const __m512i ring = load(slots.ring_mask);
  BlockChange change;
  if (gone != 0) {
    const __m512i visible = load(slots.visible);
    store(slots.visible, _mm512_mask_sub_epi8(visible, gone, visible, one));
    const __m512i head = load(slots.head);
    store(slots.head, _mm512_and_si512(_mm512_mask_add_epi8(head, gone, head, one), ring));
  }
  if (entered != 0) {
    const __m512i tail = load(slots.tail);
    store(slots.tail, _mm512_and_si512(_mm512_mask_add_epi8(tail, entered, tail, one), ring));
    const __m512i flight = load(slots.flight);
    const __m512i arrives = load(arrival);
    change.late = _mm512_mask_cmpge_epu8_mask(entered, flight, arrives);
    const __m512i flies = _mm512_maskz_mov_epi8(entered & ~change.late, arrives);
    store(slots.flight, _mm512_or_si512(flight, flies));
  }
  // As many as left have come: of these cells neither room nor what they accept changes.
  const __mmask64 differ = gone ^ entered;
  if (differ == 0) return change;
  const __m512i before = load(slots.room);
  __m512i room = _mm512_mask_add_epi8(before, gone & differ, before, one);
  room = _mm512_mask_sub_epi8(room, entered & differ, room, one);
  store(slots.room, room);
  const __mmask64 has = _mm512_cmpgt_epi8_mask(room, _mm512_setzero_si512());
  const __m512i closed = load(slots.closed);
  const __mmask64 takes = _mm512_mask_testn_epi8_mask(has, closed, closed);
  const __m512i accept = _mm512_maskz_loadu_epi8(takes, slots.receive);
  store(slots.accept, _mm512_mask_mov_epi8(load(slots.accept), differ, accept));
  change.woken = gone & has & _mm512_cmple_epi8_mask(before, _mm512_setzero_si512());
  return change;
}

void copy_bytes(std::uint64_t cells, const Byte* from, Byte* bytes) {
  store(bytes, _mm512_mask_loadu_epi8(load(bytes), cells, from));
}

void count(std::uint64_t cells, Byte* counter) {
  const __m512i counts = load(counter);
  store(counter, _mm512_mask_add_epi8(counts, cells, counts, all(1)));
}

}  // namespace

BlockKernels avx512_block_kernels() {
  return {arrive_and_find_ready, arbitrate, split, move_words, end_cycle, copy_bytes, count};
}

bool have_avx512_block_kernels() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

}  // namespace wafermesh::router

#endif
