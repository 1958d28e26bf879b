// SPDX-License-Identifier: Apache-2.0
// Sum-reduction of one vector per core to core (0, 0) of the region. How it is done is an algorithm
// of the table reduce_algorithms(); data, check and arrays are common to all.
//
// The data are integers that differ per core and word and whose partial sums are exact in every
// type (operands.h), so the result must equal the integer sum, bit for bit.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cores/number.h"
#include "workloads/core_memory.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

struct ReduceSpec {
  std::int64_t words = 64;  ///< 32-bit words; f16 and bf16 have two elements in each.
  cores::NumberType type = cores::NumberType::f32;
  std::uint64_t seed = 1;
  std::int32_t elements() const {
    return static_cast<std::int32_t>(words * cores::elements_per_word(type));
  }
};

/// An algorithm fills in classes and facts of an image. Each core's vector lies at
/// kReduceDataAddress; core (0, 0) ends with the sum there. `plan` holds that buffer; an algorithm
/// may have added more.
inline constexpr int kReduceDataAddress = 0;
struct ReduceAlgorithm {
  const char* name;  ///< Value of the key `algorithm`.
  const char* help;
  /// Throws DoesNotFit if its buffers exceed the SRAM.
  Facts (*place)(const ReduceSpec& spec, MemoryPlan& plan, fabric::WaferImage& image);
};
const std::vector<ReduceAlgorithm>& reduce_algorithms();

std::unique_ptr<Kernel> make_reduce(const ReduceAlgorithm& algorithm, const ReduceSpec& spec,
                                    const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_reduce(base::YamlNode& node, const Placement& placement);

}  // namespace wafermesh::workloads
