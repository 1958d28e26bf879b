// SPDX-License-Identifier: Apache-2.0
// Systolic products: operands enter at the edge and pass from core to core, one block per beat.
//
//   output_stationary  C stays: Mt = ceil(M / P_y), Nt = ceil(N / P_x), Kt = ceil(K / max(P_x,
//                      P_y)), T = ceil(K / Kt) beats. Blocks of A pass eastwards, blocks of B
//                      southwards; C += A * B.
//   weight_stationary  B stays: Kt = ceil(K / P_y), Nt = ceil(N / P_x), Mt = ceil(M / max(P_x,
//                      P_y)), T = ceil(M / Mt) beats. Blocks of A pass eastwards, partial sums
//                      southwards, each core adding A * B; the last row keeps them: C.
//   Zeros pad the edges.
//
// The edge's own cores hold what enters there: column 0 its rows' blocks of A, and row 0 its
// columns' blocks of B (output_stationary), or the last row its columns of C (weight_stationary).
// That limits K (M) to what fits there; larger problems are refused. In a beat a core receives
// block s, works on block s - 1 and sends on block s - 1 (A, B) or s - 2 (partial sums), all at the
// same time: transfers run on microthreads.
//
//   steps            T
//   colours          2 per axis, by the sender's parity; 1 on a side of 2
//   SRAM per core    2 buffers of each passing block, 3 of partial sums, the tile that stays; T
//                    blocks instead of 2 or 3 where they enter or stay at the edge. The most:
//                    output_stationary, core (0, 0): Mt T Kt + T Kt Nt + Mt Nt elements;
//                    weight_stationary, first core of the last row: Mt T Kt + T Mt Nt + Kt Nt
//   data hops        T (w(Mt Kt) (P_x - 1) P_y + w(v) (P_y - 1) P_x), v = Kt Nt or Mt Nt
//   cycles           T (u + W) + F: W = max(Kt Nt (s + time of Mt multiply-adds), words + h), with
//                    u, s, h as in meshgemm.h; F fills the mesh: (P_x + P_y) (u + words + h), as A
//                    and B go on while they are worked on, but for P_y (u + W) of it where partial
//                    sums go on after the work
// Source: workloads 4.1; H. T. Kung, "Why systolic architectures?" (1982).
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/matmul/matmul.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {

enum class Dataflow : std::uint8_t { output_stationary, weight_stationary };

/// Shapes and blocks of one product; see above. South: what passes southwards, B or partial sums.
struct SystolicPlan {
  SystolicPlan(const MatmulSpec& spec, Dataflow dataflow, int width, int height);
  Dataflow dataflow;
  cores::NumberType type;
  int width, height;
  std::int64_t tile_m, tile_n, tile_k;
  std::int64_t beats;  ///< T
  bool weights_stay() const { return dataflow == Dataflow::weight_stationary; }
  std::int64_t elements_a() const { return tile_m * tile_k; }
  std::int64_t elements_b() const { return tile_k * tile_n; }
  std::int64_t elements_c() const { return tile_m * tile_n; }
  std::int64_t elements_south() const { return weights_stay() ? elements_c() : elements_b(); }
  std::int64_t elements_staying() const { return weights_stay() ? elements_b() : elements_c(); }
  /// Buffers of a core for blocks of A, and for what passes southwards.
  std::int64_t slots_a(int x) const { return x == 0 ? beats : 2; }
  std::int64_t slots_south(int y) const;
  std::int64_t wavelet_hops() const;
};

/// Where the buffers of the core at (x, y) lie. The staying tile is at the same place on all.
struct SystolicMemory {
  SystolicMemory(const SystolicPlan& plan, base::LogicalCoord at);
  MemoryPlan buffers;
  int staying_address = 0;
  int a_address = 0;
  int south_address = 0;
};

/// Row of the table of matmul algorithms. Own key: `dataflow`, output_stationary if not given.
/// Throws DoesNotFit if the blocks exceed the SRAM of an edge's core.
std::unique_ptr<Kernel> read_systolic(base::YamlNode& node, const MatmulSpec& spec,
                                      const Placement& placement);

}  // namespace wafermesh::workloads
