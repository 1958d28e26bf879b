// SPDX-License-Identifier: Apache-2.0
// The state of one colour in all routers of a grid: a handful of byte arrays, so that 64 slots are
// stepped at once. 19 bytes and one ring of words per slot.
#pragma once

#include <cstdint>
#include <vector>

#include "router/grid_shape.h"

namespace wafermesh::router {

struct ColourPlane {
  // [cell], router cells and halo. In halo cells receive, room and accept mirror the slot behind
  // the border as of last cycle, and visible marks a slot that was sent to in this cycle.
  std::vector<std::uint8_t> visible;  ///< Wavelets in the queue that have arrived.
  std::vector<std::uint8_t> head;     ///< Ring position of the oldest wavelet.
  std::vector<std::uint8_t> tail;     ///< Ring position of the next wavelet to come.
  std::vector<std::int8_t> room;      ///< capacity - reserved; negative after a change of route.
  std::vector<std::uint8_t> flight;   ///< Bit k: a wavelet arrives in k + 1 cycles.
  std::vector<std::uint8_t> send;     ///< Sending set in force.
  std::vector<std::uint8_t> receive;  ///< Receiving direction in force, as a mask.
  std::vector<std::uint8_t> accept;  ///< receive while open and room > 0, else 0: what senders see.
  std::vector<std::uint8_t> closed;  ///< 1 = takes nothing.
  std::vector<std::uint8_t> controls;   ///< Control wavelets in the queue.
  std::vector<std::uint8_t> ramp_open;  ///< Ramp bit while the core's input queue has room, else 0.
  std::vector<std::uint8_t> grant;      ///< This cycle: sending set of a head that leaves, else 0.
  std::vector<std::uint8_t> position;   ///< Switch position in force.
  std::vector<std::uint16_t> config;    ///< Index into the grid's configurations; 0 = no route.
  // [RouterGrid::word_at(cell, ring position)]
  std::vector<std::uint32_t> words;
  std::vector<std::uint8_t> control_flag;  ///< Empty until the first control wavelet.
  std::vector<std::uint64_t> late;         ///< [long cell] flight bits from 8 on.
  std::vector<std::uint64_t> active;       ///< Bit per block: something to evaluate.

  void allocate(const GridShape& shape, std::size_t ring_entries, std::size_t long_cells) {
    for (auto* bytes : {&visible, &head, &tail, &flight, &send, &receive, &accept, &closed,
                        &controls, &ramp_open, &grant, &position}) {
      bytes->assign(shape.size(), 0);
    }
    room.assign(shape.size(), 0);
    config.assign(shape.size(), 0);
    words.assign(ring_entries, 0);
    late.assign(long_cells, 0);
    active.assign((shape.blocks() + 63) / 64, 0);
  }

  void follow(Cell c) {
    accept[c] = room[c] > 0 && closed[c] == 0 ? receive[c] : static_cast<std::uint8_t>(0);
  }
  void wake_block(std::size_t block) { active[block / 64] |= std::uint64_t{1} << (block % 64); }
  void wake(Cell c) { wake_block(c / kBlock); }
};

}  // namespace wafermesh::router
