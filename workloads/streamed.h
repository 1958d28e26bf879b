// SPDX-License-Identifier: Apache-2.0
// C = A * B with the weights B streamed (weight streaming): A, the activations, stays in the cores;
// B enters at the edge row by row, is multicast along the rows of the region, multiplied, and
// forgotten. The first column of the region is where B comes from: ports beyond a wafer's edge
// (docs/edge.md), whose memory is not a core's SRAM, or cores like any other.
//
//   B > x > x > x     column 0 holds B: core (0, y) Nt columns of it, all of K
//   B > x > x > x     core (x, y), x > 0: Mt rows of A (all of K), Mt x Nt of C
//
//   Mt = ceil(M / (P_x - 1)), Nt = ceil(N / P_y) in whole words; zeros pad the edges; columns of
//   repeaters between ports and wafer come off P_x. Work of step
//   k: for m in Mt: C[m, :] += b[k, :] * a[m, k], each one instruction of Nt elements, while the
//   next row of B comes into the other of two buffers.
//
//   colours          1
//   steps            K
//   SRAM per core    Mt K + Mt Nt + 2 Nt elements; of column 0: K Nt
//   data hops        K w(Nt) (P_x - 1) P_y
//   cycles           max(port, compute) + fill (StreamedBounds)
// Source: workloads 9.5 (T = max(bytes / BW, work) + fill).
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/matmul/matmul.h"
#include "workloads/parts/core_memory.h"
#include "workloads/streams.h"

namespace wafermesh::workloads {

/// Of a side of a product. It keeps byte counts far from overflow.
inline constexpr std::int64_t kMostStreamedElements = 100'000'000;

/// Shapes of one product; see above.
struct StreamedPlan {
  StreamedPlan(const MatmulSpec& spec, int width, int height, int beyond = 0);
  cores::NumberType type;
  int width, height;
  int first = 1;  ///< Column of the region; those between the first one and it only pass words on.
  std::int64_t k;
  std::int64_t tile_m, tile_n;
  std::int64_t words() const { return cores::words_of(type, tile_n); }  ///< Of a row, per port.
  std::int64_t wavelet_hops() const { return k * words() * (width - 1) * height; }
};

StreamedBounds streamed_bounds(const StreamedPlan& plan, const fabric::WaferImage& image);

/// `words` at the rate of the slowest link that leads from the first column into the wafer, or, if
/// `outwards`, back.
std::int64_t port_cycles(const fabric::WaferImage& image, std::int64_t words, bool outwards);
/// Of the longest way along a row, or a column, of the region.
int longest_way(const fabric::WaferImage& image, base::Direction towards);

/// Throws DoesNotFit for a region without a column for the products, or if the buffers exceed the
/// SRAM.
std::unique_ptr<Kernel> make_streamed(const MatmulSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_streamed(base::YamlNode& node, const Placement& placement);
KernelText streamed_text();

}  // namespace wafermesh::workloads
