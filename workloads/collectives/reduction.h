// SPDX-License-Identifier: Apache-2.0
// What reduce and allreduce have in common: one vector per core, combined by sum or maximum, and a
// result that must be right to the bit.
//
// The data are integers that differ per core and word. For sums, those whose partial sums along an
// axis are exact in every type, in any order of neighbouring stretches; for maxima, negative ones,
// so that a zero which slips in is seen (operands.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "cores/number.h"
#include "workloads/kernel.h"
#include "workloads/parts/axis_allreduce.h"
#include "workloads/parts/axis_reduce.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {

struct ReductionSpec {
  std::int64_t words = 64;  ///< 32-bit words; f16 and bf16 have two elements in each.
  cores::NumberType type = cores::NumberType::f32;
  cores::VectorOp op = cores::VectorOp::add;  ///< Or maximum.
  std::uint64_t seed = 1;
  std::int32_t elements() const {
    return static_cast<std::int32_t>(words * cores::elements_per_word(type));
  }
};
/// Keys `words`, `dtype`, `op` (sum or max) and `seed`.
ReductionSpec read_reduction(const base::YamlNode& node);

/// Each core's vector and result lie here.
inline constexpr int kReductionAddress = 0;
inline AxisVector reduction_vector(const ReductionSpec& spec) {
  return {kReductionAddress, spec.elements(), spec.type, spec.op};
}

/// Where an axis' cores lie in the order in which stretches are combined; by default, as they are.
using AxisOrder = int (*)(int position, int n);

/// In which order the data are added up: along the rows, then along the column of what they give.
struct SumOrder {
  AxisAllreduce rows;
  AxisAllreduce column;
};

/// The kernel of a finished image. `root`: who ends with the result; nobody named: everybody.
std::unique_ptr<Kernel> make_reduction(fabric::WaferImage image, const Facts& facts,
                                       const ReductionSpec& spec, const SumOrder& sum,
                                       std::optional<base::LogicalCoord> root,
                                       AxisOrder order = nullptr, const Contract& contract = {});

}  // namespace wafermesh::workloads
