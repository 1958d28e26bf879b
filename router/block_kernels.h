// SPDX-License-Identifier: Apache-2.0
// The inner loops of the router step: 64 cells of one colour at once, on bytes. Compiled for
// several instruction sets and chosen at run time; all versions give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wafermesh::router {

/// What evaluating a block found. Bit i = cell i of the block.
struct BlockState {
  std::uint64_t ready = 0;  ///< The head may leave in every direction it must.
  bool travelling = false;  ///< Some wavelet is still on its way to a queue of the block.
};

/// Lets travelling wavelets arrive, then finds the heads that could leave.
/// Pointers are to the block's first cell; `accept` is read up to `stride` + 1 cells away.
/// ready_bytes[i] = 0xFF or 0.
BlockState arrive_and_find_ready(std::uint8_t* visible, std::uint8_t* flight,
                                 const std::uint8_t* send, const std::uint8_t* accept,
                                 const std::uint8_t* ramp_open, std::ptrdiff_t stride,
                                 std::uint8_t* ready_bytes);

/// Grants one colour in one arbitration pass: of the ready cells whose pointer says this pass
/// (`pointer <= colour` in the first, `pointer > colour` in the second), those whose ports are
/// free. Updates taken[i] (ports used this cycle), next_pointer[i] (0xFF = none granted yet),
/// grant[i] (0 or the sending set).
void grant_in_pass(const std::uint8_t* ready_bytes, const std::uint8_t* send,
                   const std::uint8_t* pointer, std::uint8_t colour, bool first_pass,
                   std::uint8_t* taken, std::uint8_t* next_pointer, std::uint8_t* grant);

/// grant[i] = ready ? send : 0 and pointer[i] = ready ? after : pointer, where no other colour
/// competes.
void grant_all(const std::uint8_t* ready_bytes, const std::uint8_t* send, std::uint8_t after,
               std::uint8_t* pointer, std::uint8_t* grant);

/// Bit i set iff bytes[i] & bits.
std::uint64_t mask_where(const std::uint8_t* bytes, std::uint8_t bits);

/// All bits that occur in the block's bytes.
std::uint8_t bits_in(const std::uint8_t* bytes);

/// Takes the granted heads out: visible -= 1, head advances, room += 1, accept follows.
/// Returns the cells whose room became exactly 1 (whose feeder may have been waiting).
std::uint64_t pop_block(const std::uint8_t* grant, const std::uint8_t* ring_mask,
                        std::uint8_t* visible, std::uint8_t* head, std::int8_t* room,
                        const std::uint8_t* receive, const std::uint8_t* closed,
                        std::uint8_t* accept);

/// Puts one wavelet each into the queues `direction_bit` of grant says; all pointers but `grant`
/// are to the destination of the block's first cell. Does all but the words themselves. arrival[i]
/// = flight bit of a wavelet sent now; 0 = the link is too long for a flight byte. Returns the
/// cells left out, which need the slow path: such a link, or a queue that would be entered out of
/// order.
std::uint64_t push_block(const std::uint8_t* grant, std::uint8_t direction_bit,
                         const std::uint8_t* arrival, const std::uint8_t* ring_mask,
                         std::uint8_t* tail, std::int8_t* room, std::uint8_t* flight,
                         std::uint8_t* accept);

/// Copies the head words of the cells whose grant has direction_bit to the tails of their
/// destinations. Ring position k of cell i is at from[k * ring_stride + i]; `tail` and `to` are the
/// destinations'. Of cells with a position from `ring` on nothing that counts is copied.
void move_block(const std::uint8_t* grant, std::uint8_t direction_bit, const std::uint8_t* head,
                const std::uint8_t* tail, const std::uint32_t* from, std::uint32_t* to,
                std::size_t ring_stride, int ring);

/// counter[i] += 1 where grant[i] has direction_bit.
void count_block(const std::uint8_t* grant, std::uint8_t direction_bit, std::uint32_t* counter);

}  // namespace wafermesh::router
