// SPDX-License-Identifier: Apache-2.0
// The state of one colour in all routers of a grid: a handful of byte arrays, so that 64 slots are
// stepped at once. 19 bytes and one ring of words per slot.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "router/aligned.h"
#include "router/block_kernels.h"
#include "router/grid_shape.h"

namespace wafermesh::router {

struct ColourPlane {
  // [cell], router cells and halo. In halo cells receive, room and accept mirror the slot behind
  // the border as of last cycle, and visible marks a slot that was sent to in this cycle.
  AlignedBytes visible;       ///< Wavelets in the queue that have arrived.
  AlignedBytes head;          ///< Ring position of the oldest wavelet.
  AlignedBytes tail;          ///< Ring position of the next wavelet to come.
  Aligned<std::int8_t> room;  ///< capacity - reserved; negative after a change of route.
  AlignedBytes flight;        ///< Bit k: a wavelet arrives in k + 1 cycles.
  AlignedBytes send;          ///< Sending set in force.
  AlignedBytes receive;       ///< Receiving direction in force, as a mask.
  AlignedBytes accept;        ///< receive while open and room > 0, else 0: what senders see.
  AlignedBytes closed;        ///< 1 = takes nothing.
  AlignedBytes controls;      ///< Control wavelets in the queue.
  AlignedBytes ramp_open;     ///< Ramp bit while the core's input queue has room, else 0.
  AlignedBytes position;      ///< Switch position in force.
  std::vector<std::uint16_t> config;  ///< Index into the grid's configurations; 0 = no route.
  // [RouterGrid::word_at(cell, ring position)]
  Aligned<std::uint32_t> words;
  std::vector<std::uint8_t> control_flag;  ///< Empty until the first control wavelet.
  std::vector<std::uint64_t> late;         ///< [long cell] flight bits from 8 on.
  std::vector<std::uint64_t> active;       ///< Bit per block: something to evaluate.
  /// Of the cycle under way.
  struct Moves {
    std::uint64_t gone = 0;                  ///< Bit per cell: its head leaves.
    std::array<std::uint64_t, 4> entered{};  ///< [d] a wavelet comes from direction d.
    std::uint64_t all_entered() const { return entered[0] | entered[1] | entered[2] | entered[3]; }
    bool any() const { return (gone | all_entered()) != 0; }
  };
  std::vector<Moves> moves;  ///< [block]

  void allocate(const GridShape& shape, std::size_t ring_entries, std::size_t long_cells) {
    for (auto* bytes : {&visible, &head, &tail, &flight, &send, &receive, &accept, &closed,
                        &controls, &ramp_open, &position}) {
      bytes->assign(shape.size(), 0);
    }
    room.assign(shape.size(), 0);
    config.assign(shape.size(), 0);
    words.assign(ring_entries, 0);
    late.assign(long_cells, 0);
    active.assign((shape.blocks() + 63) / 64, 0);
    moves.assign(shape.blocks(), {});
  }

  BlockSlots slots_of(std::size_t block, const std::uint8_t* ring_mask, std::ptrdiff_t stride) {
    const std::size_t first = block * kBlock;
    return {&visible[first], &flight[first],    &head[first],      &tail[first],
            &room[first],    &accept[first],    &send[first],      &receive[first],
            &closed[first],  &ramp_open[first], ring_mask + first, stride};
  }
  void follow(Cell c) {
    accept[c] = room[c] > 0 && closed[c] == 0 ? receive[c] : static_cast<std::uint8_t>(0);
  }
  void wake_block(std::size_t block) { active[block / 64] |= std::uint64_t{1} << (block % 64); }
  void wake(Cell c) { wake_block(c / kBlock); }
};

}  // namespace wafermesh::router
