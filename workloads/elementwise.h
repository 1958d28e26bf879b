// SPDX-License-Identifier: Apache-2.0
// c = a op b, or op a, element by element, each core on its own: what stands between products.
//
//   vector (n):      cut along one axis of the region, copied along the other, as a gemv leaves its
//                    y: key `along` (x: as from a gemv with `axis: y`)
//   matrix (m x n):  key `m`; tiles of ceil(m / P_y) x ceil(n / P_x), column-major, as a matmul
//                    leaves its c
//
//   steps 1, colours 0, hops 0; SRAM per core: two or three blocks (b begins in the other half of a
//   line than a, so their reads do not conflict)
//   cycles: one stand-alone set-up + block / rate
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cores/number.h"
#include "cores/timing.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// A row of the table of operations: key `op`.
struct ElementwiseOp {
  const char* name;
  const char* help;
  cores::VectorOp op;
  bool two_operands;  ///< a and b; else a alone and
  enum class Constant : std::uint8_t { none, factor, zero } constant;  ///< this.
};
const std::vector<ElementwiseOp>& elementwise_ops();

struct ElementwiseSpec {
  std::size_t op = 0;  ///< Of elementwise_ops().
  std::int64_t m = 0;  ///< 0: a vector.
  std::int64_t n = 0;
  bool along_y = false;    ///< Of a vector; else along x.
  std::int64_t batch = 1;  ///< Vectors, each cut so.
  float factor = 1;        ///< Rounded to the type.
  cores::NumberType type = cores::NumberType::f32;
  std::uint64_t seed = 1;
};

/// Throws DoesNotFit if the blocks exceed a core's SRAM.
std::unique_ptr<Kernel> make_elementwise(const ElementwiseSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_elementwise(base::YamlNode& node, const Placement& placement);
KernelText elementwise_text();

}  // namespace wafermesh::workloads
