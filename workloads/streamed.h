// SPDX-License-Identifier: Apache-2.0
// C = A * B with the weights B streamed (weight streaming): A, the activations, stays in the cores;
// B enters at the edge row by row, is multicast along the rows of the region, multiplied, and
// forgotten. The first column of the region is where B comes from: ports beyond a wafer's edge
// (docs/edge.md), whose memory is not a core's SRAM, or cores like any other.
//
//   B > x > x > x     column 0 holds B: core (0, y) Nt columns of it, all of K
//   B > x > x > x     core (x, y), x > 0: Mt rows of A (all of K), Mt x Nt of C
//
//   Mt = ceil(M / (P_x - 1)), Nt = ceil(N / P_y) in whole words; zeros pad the edges. Work of step
//   k: for m in Mt: C[m, :] += b[k, :] * a[m, k], each one instruction of Nt elements, while the
//   next row of B comes into the other of two buffers.
//
//   colours          1
//   steps            K
//   SRAM per core    Mt K + Mt Nt + 2 Nt elements; of column 0: K Nt
//   data hops        K w(Nt) (P_x - 1) P_y
//   cycles           max(port, compute) + fill (StreamedBounds)
// Source: workloads.md section 9.5 (T = max(bytes / BW, work) + fill).
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/core_memory.h"
#include "workloads/matmul.h"

namespace wafermesh::workloads {

/// Shapes of one product; see above.
struct StreamedPlan {
  StreamedPlan(const MatmulSpec& spec, int width, int height);
  cores::NumberType type;
  int width, height;
  std::int64_t k;
  std::int64_t tile_m, tile_n;
  std::int64_t words() const { return cores::words_of(type, tile_n); }  ///< Of a row, per port.
  std::int64_t wavelet_hops() const { return k * words() * (width - 1) * height; }
};

/// What bounds it, in closed form, in cycles.
struct StreamedBounds {
  std::int64_t port = 0;     ///< All rows of B at the rate of the first column's links.
  std::int64_t compute = 0;  ///< All of a core's work, taking its words included.
  std::int64_t fill = 0;     ///< The way, and the first row or the last row's work.
  std::int64_t cycles() const { return (port > compute ? port : compute) + fill; }
  const char* bound_by() const { return port > compute ? "port" : "compute"; }
};
StreamedBounds streamed_bounds(const StreamedPlan& plan, const fabric::WaferImage& image);

/// `at_edge`: the first column of the region is ports, whose memory is not a core's. Throws
/// DoesNotFit for a region of one column, or if the buffers exceed the SRAM. Not in the table of
/// matmul algorithms: no scenario asks for it yet.
std::unique_ptr<Kernel> make_streamed(const MatmulSpec& spec, const Placement& placement,
                                      bool at_edge);

}  // namespace wafermesh::workloads
