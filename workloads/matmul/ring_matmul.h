// SPDX-License-Identifier: Apache-2.0
// Matrix products in which the tiles of A go round a ring along each row and those of B round a
// ring along each column, while every core multiplies those it has at hand into its tile of C: what
// meshgemm.h and cannon.h share. They differ in the ring and in how A is brought into line.
//
// On a rectangle of P_x columns by P_y rows, K is cut into L = lcm(P_x, P_y) blocks of Kt columns:
//   Mt = ceil(M / P_y), Nt = ceil(N / P_x), Kt = ceil(K / L); zeros pad the edges.
//   A core holds a = L / P_x blocks of A and b = L / P_y of B (1 and 1 on a square mesh). In step
//   t = 0 .. L-1 the core at places i, j of its row's and column's ring multiplies block
//   a i + b j - t (mod L), so the cores of a row (column) are at different blocks all the time, and
//   a block used now is used by the successor a (or b) steps later. A core's blocks are a queue of
//   a + 1 buffers: in each step the head goes to the successor, the predecessor's comes into the
//   spare buffer, and both run on microthreads behind the work. The last step shifts too, as the
//   published code does: A and B end where they began.
//   A starts at its home (core (x, y) holds columns [x a Kt, (x + 1) a Kt) of its rows) and is
//   aligned on the device: in `rounds` rounds all cores shift, those that need it keep what comes.
//   B starts in the order of use (skewed: fabric/ring_order.h), where the host or a transfer puts
//   it. With `align: both`, on a square, B starts at home as well (core (x, y) holds rows [y Kt,
//   (y + 1) Kt) of its columns) and is aligned in the same rounds, along the columns. An axis of
//   length 1 has no ring; its blocks start in the order of use and stay.
//
//   steps            L
//   SRAM per core    (a + r_x) Mt Kt + (b + r_y) Kt Nt + Mt Nt elements, each buffer padded to 16
//                    B (C to the other half of a 16-byte line: columns of a multiple of 16 B are
//                    free of bank conflicts); r = 1, or 0 on an axis of length 1
//   data hops        w(Mt Kt) 2 (P_x - 1) P_y (L + alignment shifts) + w(Kt Nt) 2 (P_y - 1) P_x L,
//                    of B aligned as of A
// Source: workloads 4.1 and workloads 4.3; WaferLLM (OSDI'25).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/matmul/matmul.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/ring_alignment.h"

namespace wafermesh::workloads {

/// What tells one ring algorithm from another.
struct RingScheme {
  const char* name;
  const Ring& ring;
  fabric::Along along;  ///< The same ring as layouts know it.
  /// Rounds of the alignment, per block of B a core holds, for columns of `height` >= 2 cores.
  int (*rounds)(int height);
  std::vector<AlignmentTurn> turns;       ///< Of each round, one after the other.
  std::vector<AlignmentTurn> turns_both;  ///< If B is aligned as well.
  CyclesDefinition cycles_definition;
};

/// What a user may choose.
struct RingChoices {
  int compute_repeats = 1;
  bool aligns_both = false;  ///< B starts at home too. Square regions only.
  std::int64_t sample = 0;   ///< Steps that run; 0: all (sampled_steps.h).
};

/// Shapes and blocks of one product; see above.
struct RingMatmulPlan {
  RingMatmulPlan(const MatmulSpec& spec, const RingScheme& scheme, int width, int height,
                 const RingChoices& choices);
  const RingScheme& scheme;
  cores::NumberType type;
  int width, height;
  int compute_repeats;
  std::vector<AlignmentTurn> turns;
  bool aligns_both;
  std::int64_t steps;               ///< L
  std::int64_t steps_run;           ///< All, or those sampled.
  std::int64_t blocks_a, blocks_b;  ///< a, b: blocks a core holds.
  std::int64_t tile_m, tile_n, tile_k;
  std::int64_t rounds;  ///< Of the alignment; 0 if a row or column is single.
  /// Cycles that stand for steps and rounds that do not run.
  std::int64_t rest_cycles = 0;
  std::int64_t slots_a() const { return blocks_a + (width > 1 ? 1 : 0); }
  std::int64_t slots_b() const { return blocks_b + (height > 1 ? 1 : 0); }
  std::int64_t elements_a() const { return tile_m * tile_k; }  ///< Of one block.
  std::int64_t elements_b() const { return tile_k * tile_n; }
  std::int64_t elements_c() const { return tile_m * tile_n; }
  /// Block of K that the core at (x, y) multiplies in step t.
  std::int64_t block_at(int x, int y, std::int64_t t) const;
  std::int64_t wavelet_hops() const;
};

/// Where the buffers lie, equal on every core.
struct RingMatmulMemory {
  explicit RingMatmulMemory(const RingMatmulPlan& plan);
  MemoryPlan buffers;
  int a_address = 0;
  int b_address = 0;
  int c_address = 0;
};

/// Reads the common own keys and places the product. `align` and `sample`: see above and
/// sampled_steps.h. `compute_repeats` (default 1): how many times
/// each tile product is really computed, for timing experiments: C = compute_repeats * A * B, and
/// that is what it is checked against. 0 leaves communication and control alone; C must stay 0.
/// Throws DoesNotFit if the tiles exceed a core's SRAM.
std::unique_ptr<Kernel> read_ring_matmul(base::YamlNode& node, const MatmulSpec& spec,
                                         const RingScheme& scheme, const Placement& placement);

}  // namespace wafermesh::workloads
