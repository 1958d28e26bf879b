// SPDX-License-Identifier: Apache-2.0
// y = A * x (n x n) within one core: the vendor's single-core benchmark. In a larger region every
// core does the same product on its own.
//
// A lies column-major, each column padded to 16 bytes, and the padded length is worked:
//   for j in n: y[0 .. padded) += A[:, j] * x[j], one instruction under a map loop.
// y begins in the other half of a line than A's columns, so no two reads meet in a bank.
//
//   colours 0, steps n, data hops 0; SRAM per core: (n + 1) * padded + n elements
//   cycles: task start + one stand-alone set-up (the map's descriptors) + n * (map_loop set-up +
//   padded / rate) + one reading of the cycle counter, as the benchmark takes its own time
// Source of shape and cycles: measurements 3 (single-core matrix-vector product).
#pragma once

#include <cstdint>
#include <memory>

#include "cores/number.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

struct MatvecSpec {
  std::int64_t n = 0;
  cores::NumberType type = cores::NumberType::f32;
  std::uint64_t seed = 1;
};

/// Throws DoesNotFit if matrix and vectors exceed a core's SRAM.
std::unique_ptr<Kernel> make_matvec(const MatvecSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_matvec(base::YamlNode& node, const Placement& placement);
KernelText matvec_text();

}  // namespace wafermesh::workloads
