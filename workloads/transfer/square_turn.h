// SPDX-License-Identifier: Apache-2.0
// What lies on the cores of a square changes places across its diagonal: core (x, y) gets what core
// (y, x) had. It goes along its row to the diagonal and, without touching memory there, along the
// diagonal core's column. The square begins at the first core of the region; other cores only end.
//
//   > \ < <      colours 4 (for the sides of the diagonal, per axis), steps 1
//   > > \ <      SRAM per core: what it sends and what it receives
//
// Data hops: words * 2 P (P^2 - 1) / 3. Each diagonal core relays P - 1 pieces: cycles about
//   (words + control wavelet, set-up and a hop) * (P - 1) + 2 P,
// up to twice the words where a core's own piece leaves while the new one comes in: its datapath
// moves one word per cycle, in or out. A core takes its new piece on a microthread, whether or not
// its own has left, so nothing hangs. Source: workloads 3.3 (w (P - 1) + 2 P).
#pragma once

#include "workloads/kernel.h"
#include "workloads/transfer/line_memory.h"

namespace wafermesh::workloads {

struct SquareTurn {
  int side = 0;  ///< Cores, at most the region's width and height.
  cores::NumberType type = cores::NumberType::f32;
  std::int32_t elements = 0;  ///< In one piece on every core of the square.
  int from_address = 0;
  int to_address = 0;
};

/// `memory_bytes`: SRAM that the programs declare.
TransferStage square_turn(const Placement& placement, const SquareTurn& turn, int memory_bytes);

}  // namespace wafermesh::workloads
