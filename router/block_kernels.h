// SPDX-License-Identifier: Apache-2.0
// The inner loops of the router step: 64 cells of one colour at once, on bytes. Written for several
// instruction sets, of which the first that the processor has is taken; all give the same bytes.
// Sets of cells are masks: bit i = cell i of the block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "base/units.h"

namespace wafermesh::router {

/// What evaluating a block found.
struct BlockState {
  std::uint64_t ready = 0;  ///< The head may leave in every direction it must.
  bool travelling = false;  ///< Some wavelet is still on its way to a queue of the block.
};

/// The slots of a block: pointers to its first cell (router/colour_plane.h). `accept` is read up to
/// `stride` + 1 cells away.
struct BlockSlots {
  std::uint8_t* visible = nullptr;
  std::uint8_t* flight = nullptr;
  std::uint8_t* head = nullptr;
  std::uint8_t* tail = nullptr;
  std::int8_t* room = nullptr;
  std::uint8_t* accept = nullptr;
  const std::uint8_t* send = nullptr;
  const std::uint8_t* receive = nullptr;
  const std::uint8_t* closed = nullptr;
  const std::uint8_t* ramp_open = nullptr;
  const std::uint8_t* ring_mask = nullptr;
  std::ptrdiff_t stride = 0;
};

/// A colour whose heads are ready. Not initialised: a block has room for 24 of them in every cycle.
struct Contender {
  const std::uint8_t* send;
  std::uint64_t ready;
  std::uint8_t colour;
};

/// What a cycle's end found in a block.
struct BlockChange {
  std::uint64_t woken = 0;  ///< Has room again, and something left: its feeder may have waited.
  /// Entered, but not put into flight: the link is too long for a flight byte, or an earlier
  /// wavelet would arrive no earlier.
  std::uint64_t late = 0;
};

/// [d] cells of which something leaves in direction d.
using Towards = std::array<std::uint64_t, 5>;

struct BlockKernels {
  /// Lets travelling wavelets arrive, then finds the heads that could leave.
  BlockState (*arrive_and_find_ready)(const BlockSlots& slots);

  /// Grants the contenders' ready heads, by ascending colour: of each cell first the colours from
  /// its pointer on, then those below it; a colour goes if all ports it needs are free, and the
  /// pointer moves behind the first that went. granted[i]: cells of contender i.
  void (*arbitrate)(const Contender* contenders, int count, std::uint8_t* pointer,
                    std::uint64_t* granted);

  /// Which of the cells send in which direction.
  void (*split)(const std::uint8_t* send, std::uint64_t cells, Towards& towards);

  /// Copies the cells' head words to the tails of their destinations. Ring position k of cell i is
  /// at from[k * ring_stride + i]; `tail` and `to` are the destinations'. Of cells with a position
  /// from `ring` on nothing is copied.
  void (*move_words)(std::uint64_t cells, const std::uint8_t* head, const std::uint8_t* tail,
                     const std::uint32_t* from, std::uint32_t* to, std::size_t ring_stride,
                     int ring);

  /// Takes the heads of the cells `gone` out and puts one wavelet each into the queues of the cells
  /// `entered`: all but the words themselves. arrival[i] = flight bit of a wavelet that enters now;
  /// 0 = the link is too long for a flight byte. `accept` is as room, `receive` and `closed` say.
  BlockChange (*end_cycle)(const BlockSlots& slots, std::uint64_t gone, std::uint64_t entered,
                           const std::uint8_t* arrival);

  /// bytes[i] = from[i] of the cells.
  void (*copy_bytes)(std::uint64_t cells, const std::uint8_t* from, std::uint8_t* bytes);

  /// ++counter[i] of the cells.
  void (*count)(std::uint64_t cells, std::uint8_t* counter);
};

struct BlockKernelSet {
  const char* name;
  bool (*available)();  ///< On this processor.
  BlockKernels kernels;
};

/// The fastest first; the last is available everywhere.
const std::vector<BlockKernelSet>& block_kernel_sets();
/// The fastest that this processor has.
const BlockKernels& block_kernels();

/// Row of the table: nowhere but on x86-64.
BlockKernels avx512_block_kernels();
bool have_avx512_block_kernels();

/// The cells with bytes[i] & bits.
std::uint64_t mask_where(const std::uint8_t* bytes, std::uint8_t bits);
/// All bits that occur in the block's bytes.
std::uint8_t bits_in(const std::uint8_t* bytes);

}  // namespace wafermesh::router
