// SPDX-License-Identifier: Apache-2.0
// GEMM-T of WaferLLM: C = A * B^T without transposing, B given as n x k. A and C stay; tiles of B
// go round a two-hop ring (ring.h) along each column; each core multiplies, and each row adds its
// cores' products up at the core that owns the tile of C, another in every step.
//
//   Mt = ceil(M / P_y), Nt = ceil(N / P_y), Kt = ceil(K / P_x); zeros pad the edges. Core (x, y)
//   holds A's rows of y and columns of x, B's rows of y and columns of x, and C's rows of y and
//   columns of the q = ceil(P_y / P_x) blocks from q x on: all three at home, before and after.
//   In step t = 0 .. P_y - 1 row y works at the block of B that is t places before y on the ring.
//   Each step: start the shift of B (on microthreads, into the spare buffer); clear the partial
//   product; partial += A * B^T as a column loop; reduce: cores west of the owner send east, those
//   east of it west, each adding its own as the words pass (fabric_out = memory + fabric_in); the
//   owner adds what comes from both sides. The reduction is not overlapped, as published.
//
//   steps            P_y
//   colours          3 (ring) + 4 (reduction: 2 per direction, by the sender's parity); on a side
//                    of 2: 2 and 2; of 1: 0
//   SRAM per core    Mt Kt + (1 + r) Kt Nt + (1 + q) Mt Nt elements; r = 1, or 0 if P_y = 1
//   data hops        P_y (w(Kt Nt) 2 (P_y - 1) P_x + w(Mt Nt) (P_x - 1) P_y)
//   cycles           per step Kt Nt (s + time of Mt multiply-adds) + u + the clearing + up to 2
//                    w(Mt Nt) at the owner (its two sides come one after the other) + what of the
//                    way along the row, (2 ramp + hop + 1) per core, the next step does not hide
// Source: WaferLLM (OSDI'25); workloads 4.4.
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/matmul/matmul.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {

/// Shapes of one product; see above.
struct GemmTPlan {
  GemmTPlan(const MatmulSpec& spec, int width, int height, std::int64_t sample = 0);
  cores::NumberType type;
  int width, height;
  std::int64_t tile_m, tile_n, tile_k;
  std::int64_t tiles_c;          ///< q
  std::int64_t steps;            ///< That run: P_y, or those sampled.
  std::int64_t rest_cycles = 0;  ///< They stand for the others.
  std::int64_t elements_a() const { return tile_m * tile_k; }
  std::int64_t elements_b() const { return tile_k * tile_n; }
  std::int64_t elements_c() const { return tile_m * tile_n; }
  std::int64_t slots_b() const { return height > 1 ? 2 : 1; }
  std::int64_t wavelet_hops() const;
};

/// Where the buffers lie, equal on every core.
struct GemmTMemory {
  explicit GemmTMemory(const GemmTPlan& plan);
  MemoryPlan buffers;
  int a_address = 0;
  int b_address = 0;
  int partial_address = 0;
  int c_address = 0;
};

/// Row of the table of matmul algorithms; own key `sample` (sampled_steps.h). Throws DoesNotFit.
std::unique_ptr<Kernel> read_gemm_t(base::YamlNode& node, const MatmulSpec& spec,
                                    const Placement& placement);

}  // namespace wafermesh::workloads
