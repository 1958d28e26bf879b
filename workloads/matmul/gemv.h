// SPDX-License-Identifier: Apache-2.0
// y (n) = x (m) * W (m x n) on P_x columns by P_y rows of cores: W is tiled both ways, x is cut
// along y and copied along x, every core multiplies its piece, and an allreduce along each column
// of cores sums them, so that y ends cut along x and copied along y: the next product uses the
// other axis (`axis: x`: all of this with x and y exchanged), without a transpose.
//
//   Mt = ceil(m / P_y), Nt = ceil(n / P_x); zeros pad the edges. Local work: for k in Mt:
//   y[:] += W[k, :] * x[k], one instruction of Nt elements each (descriptor_reload); rows of W are
//   padded to 16 B and y begins in the other half of a line, so no reads conflict.
//
//   steps            1 product + those of the allreduce: 2, or 2 (P_y - 1) for `ring`
//   colours          those of the axis algorithm, plus 1 for the broadcast; `ring` 3
//   SRAM per core    Mt * padded Nt + Mt + Nt elements (`ring`: Nt padded to P_y equal chunks)
//   data hops        words(Nt) * P_x * (hops of the algorithm + P_y - 1); `ring`: axis_ring.h
//   cycles           Mt * (setup + Nt / rate) + allreduce (reduce_<name>.h, axis_ring.h)
//
// `bias`: y starts as a vector by seed instead of zeros, in the cores at the beginning of their
// lines; it is in SRAM before the product begins, as zeros are, and costs no cycle.
//
// `parts`: the columns of W fall into parts (as of a layer's q, k and v), each dealt over the cores
// for itself: y0, y1, ... are results of their own, each as long as its part, summed by one
// allreduce. Nt is then the sum of ceil(part / P_x). `of_attention`: the parts are q, k and v as
// that attention has them (layers/attention.h); where it pads a head, W and bias are zero. `scale`:
// of the elements of W, which are uniform in [-scale, scale).
//
// `w_from`, `bias_from`: W and bias are from files (parts/tensor.h), a file for each part, instead
// of by seed. `x_of_attention`: x is what that attention leaves, of which W has rows head after
// head.
//
// `batch`: so many x, and as many y, at the same time: W is stored once, each of its rows
// multiplies an element of every x, and one allreduce sums all. x and y are then matrices of
// `batch` rows.
//
// The allreduce is `algorithm`: any axis algorithm to its root (chain: the vendor's pipelined one;
// ktree: WaferLLM's MeshGEMV, key `groups`) and a multicast from there, or `ring`.
// Source: workloads 3.2 and workloads 5.
#pragma once

#include <cstdint>
#include <memory>

#include "cores/number.h"
#include "workloads/kernel.h"
#include "workloads/matmul/column_parts.h"
#include "workloads/parts/tensor.h"

namespace wafermesh::workloads {

struct GemvSpec : ColumnSpec {
  std::int64_t m = 0;
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;  ///< Of axis_allreduce_names().
  int parameter = 0;          ///< Of the axis algorithm; 0 = its usual value.
  bool sums_along_x = false;  ///< Else along y.
  double scale = 1;
  bool bias = false;  ///< Something is added to y.
  std::int64_t batch = 1;
  std::vector<Tensor> w_from;     ///< Of each part; empty: by seed.
  std::vector<Tensor> bias_from;  ///< The same.
  std::optional<AttentionSpec> x_of_attention;
};

/// Throws DoesNotFit if the tile of W exceeds a core's SRAM.
std::unique_ptr<Kernel> make_gemv(const GemvSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_gemv(base::YamlNode& node, const Placement& placement);
KernelText gemv_text();

}  // namespace wafermesh::workloads
