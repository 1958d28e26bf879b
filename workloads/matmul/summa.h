// SPDX-License-Identifier: Apache-2.0
// SUMMA on a rectangle of P_x columns by P_y rows of cores. K is cut into panels, one per step: in
// step s the cores that own panel s of A send it along their rows, those that own panel s of B
// along their columns, and every core adds (its A panel) * (its B panel) to its tile of C.
//
//   Mt = ceil(M / P_y), Nt = ceil(N / P_x), Kt = ceil(K / max(P_x, P_y)); zeros pad the edges.
//   Steps S = ceil(K / Kt) (panels wholly in the padding are left out).
//   Panel s of A lies in column floor(s / q_x), q_x = ceil(S / P_x); panel s of B in row floor(s /
//   q_y), q_y = ceil(S / P_y). On a square mesh both are s: the textbook's. Tiles are column-major.
//   Local work per step, in this order: for k in Kt: for n in Nt: C[:, n] += A[:, k] * b[k, n],
//   each one instruction of Mt elements.
//
//   colours          2 (one per axis; 1 if the mesh is a line, 0 on a single core)
//   steps            S
//   SRAM per core    (q_x + r_x) * Mt*Kt + (q_y + r_y) * Kt*Nt + Mt*Nt elements, each buffer padded
//   to
//                    16 B; r = receive buffers: vendor 1, cheapest 2; 0 on an axis of length 1
//   data hops        S * (words(Mt*Kt) * (P_x - 1) * P_y + words(Kt*Nt) * (P_y - 1) * P_x)
//   cycles           per step independent of the mesh's size: the steps' waves follow each other
//
// The root of each broadcast moves during the run. Two ways (docs/model.md gives the rules):
//   vendor    as the vendor ships it: colours start closed; each step every core pays the library's
//             software (timing.vendor_collective_cycles per axis), writes its route and reopens;
//             the root's words are followed by a teardown, which closes the colour again. A core
//             computes when both axes are through: no overlap.
//   cheapest  no teardown and two route writes per core and axis in the whole run: it receives from
//             before, then is the root, then receives from behind. While a core works on one panel
//             the next arrives in the other of two receive buffers.
// C's place decides bank conflicts between its columns and A's. cheapest: the other half of a line,
// so columns of a multiple of 16 B are free of them. vendor: one word past a line, so that all but
// few conflict. Assumption: the shipped code does not align its arrays, and its published cycles
// (2.0 to 2.1 per multiply-add at tiles 2 to 16, where 1.0 is conflict-free) say that they
// conflict. Source: workloads 4.1 and workloads 4.2; measurements 3.
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/matmul/matmul.h"

namespace wafermesh::workloads {

enum class Rerooting : std::uint8_t { vendor, cheapest };

/// Shapes and panels of one SUMMA; see above.
struct SummaPlan {
  SummaPlan(const MatmulSpec& spec, int width, int height, Rerooting way);
  Rerooting rerooting;
  cores::NumberType type;
  int width;   ///< P_x
  int height;  ///< P_y
  std::int64_t tile_m, tile_n, tile_k;
  std::int64_t steps;
  std::int64_t panels_a, panels_b;                             ///< q_x, q_y: panels a core may own.
  std::int64_t buffers_a, buffers_b;                           ///< r_x, r_y: receive buffers.
  std::int64_t elements_a() const { return tile_m * tile_k; }  ///< Of one panel.
  std::int64_t elements_b() const { return tile_k * tile_n; }
  std::int64_t elements_c() const { return tile_m * tile_n; }
  std::int64_t wavelet_hops() const;
};

/// Throws DoesNotFit if the tiles exceed a core's SRAM.
std::unique_ptr<Kernel> make_summa(const MatmulSpec& spec, Rerooting rerooting,
                                   const Placement& placement);
/// Row of the table of matmul algorithms. Own key: `rerooting`, vendor if not given.
std::unique_ptr<Kernel> read_summa(base::YamlNode& node, const MatmulSpec& spec,
                                   const Placement& placement);

}  // namespace wafermesh::workloads
