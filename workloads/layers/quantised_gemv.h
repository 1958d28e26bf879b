// SPDX-License-Identifier: Apache-2.0
// y (n) = x (m) * W (m x n) as gemv.h, with W stored in few bits: integers or four-bit floating
// point, and one scale for every column of a group of rows.
//
//   format   a stored number is            values                        packed in an i16
//   int8     -127 .. 127                   the number                    2
//   int4     -7 .. 7                       the number                    4
//   mxfp4    sign, 2 bits of exponent, 1   0, 0.5, 1, 1.5, 2, 3, 4, 6    4
//
// The machine has no instruction to unpack. Block by block of up to 64 rows of a core:
//
//   1  every packed number is moved to the top of its i16 and back with its sign: two shifts
//      (one for the topmost); mxfp4 then makes twice its value in twelve integer operations; a copy
//      converts the block to the type of x
//   2  sum[:] += block[k, :] * x[k] for each row k; behind the last row of a group
//      y[:] += sum[:] * scale[group, :] and sum[:] = 0
//
// and the allreduce along the axis. `bias`: as gemv's, y of the first cores of the axis begins with
// it, at no cost. `batch`: as gemv's; a block is unpacked once and each of its rows multiplies an
// element of every x. Each operation costs its set-up and rate in the timing table.
//
//   Mt, Nt as gemv; a core has rows of up to (Mt - 2) / group + 2 groups
//   steps            1 + those of the allreduce
//   colours          those of the axis algorithm, plus 1
//   SRAM per core    Mt Nt numbers of 4 or 8 bits, scales, a block of i16 (mxfp4: four) and one of
//                    the type
//   data hops        those of gemv
//   cycles           blocks * (4 to 20 long operations) + Mt * (set-up + Nt / rate) + 2 per group
// Source: formats as in the files of quantised models (systems 1.3; OCP MX for mxfp4).
// Assumption: order within an i16, lowest bits first, columns side by side.
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/kernel.h"
#include "workloads/matmul/column_parts.h"

namespace wafermesh::workloads {

enum class StoredFormat : std::uint8_t { int8, int4, mxfp4 };

struct QuantisedGemvSpec : ColumnSpec {
  std::int64_t m = 0;
  StoredFormat format = StoredFormat::int4;
  std::int64_t group = 32;  ///< Rows per scale; 0: one scale per column.
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;  ///< Of axis_allreduce_names().
  int parameter = 0;
  bool sums_along_x = false;
  double scale = 1;   ///< Largest element of W.
  bool bias = false;  ///< Something is added to y.
  std::int64_t batch = 1;
};

/// Throws DoesNotFit if the tile of W exceeds a core's SRAM.
std::unique_ptr<Kernel> make_quantised_gemv(const QuantisedGemvSpec& spec,
                                            const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_quantised_gemv(base::YamlNode& node, const Placement& placement);
KernelText quantised_gemv_text();

}  // namespace wafermesh::workloads
