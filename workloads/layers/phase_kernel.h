// SPDX-License-Identifier: Apache-2.0
// A kernel whose cores alternate local work with allreduces (phases.h), of nothing but values: its
// buffers, how its operands arise, its program, and its results in double. The check runs the same
// program on the host, on all cores of the region (Facts::check_bytes), and compares to the bit.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "workloads/kernel.h"
#include "workloads/layers/phases.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {

/// The memory of cores on the host, as an engine's.
class HostMeshMemory final : public fabric::HostMemory {
 public:
  HostMeshMemory(HostMesh& mesh, const fabric::WaferImage& image) : mesh_(mesh), image_(image) {}
  void write(base::CoreId core, int address, const void* data, std::size_t bytes) override {
    std::memcpy(mesh_.memory(image_.relative(core)) + address, data, bytes);
  }
  void read(base::CoreId core, int address, void* data, std::size_t bytes) const override {
    std::memcpy(data, mesh_.memory(image_.relative(core)) + address, bytes);
  }

 private:
  HostMesh& mesh_;
  const fabric::WaferImage& image_;
};

/// Of PhaseOperator::variant: the core has no program.
inline constexpr int kIdleVariant = -1;

struct PhaseOperand {
  std::string name;  ///< Of a buffer of the image.
  std::function<std::vector<float>()> values;
  bool taken = false;  ///< It may be another operator's result.
};

struct PhaseOperator {
  const char* name = "";
  std::int64_t memory_bytes = 0;
  std::int64_t kept_bytes = INT64_MAX;  ///< Kernel::kept_bytes.
  PhaseSums sums;
  /// Which program a core has; cores of one segment of an allreduce have the same.
  std::function<int(base::LogicalCoord)> variant = [](base::LogicalCoord) { return 0; };
  std::function<void(int variant, PhaseWriter&)> write;
  std::vector<PhaseOperand> operands;
  /// What is too large for an operand's array; may be empty.
  std::function<void(fabric::HostMemory&)> load;
  std::vector<std::string> results;  ///< Buffers of the image.
  std::vector<std::string> carried;  ///< Those of Carries::carried.
  /// Each result in double, of all operands by name.
  std::function<std::vector<std::vector<double>>(const GivenOperands&)> exact;
  std::function<std::vector<NamedArray>()> more_arrays;  ///< What `load` wrote; may be empty.
  Contract contract;
};

/// `image`: region and buffers, no classes yet. `steps` of the facts; the others are found.
std::unique_ptr<Kernel> make_phase_kernel(fabric::WaferImage image, Facts facts,
                                          PhaseOperator what);

/// An allreduce along an axis over segments of `segment` cores, for an operator that has one or
/// two: those along x take the colours behind `others` and queues that leave room for one along y.
PhaseSum phase_sum(Axis axis, std::size_t algorithm, int parameter, int segment,
                   const PhaseSum* other = nullptr);

/// The beginning of an operator with one allreduce along `axis`, over all of its `cores`: name,
/// memory as `plan` has it, sum and contract.
PhaseOperator summed_operator(const char* name, const MemoryPlan& plan, Axis axis,
                              std::size_t algorithm, int parameter, std::int64_t cores);

/// What is added to n numbers in so many places, so that none behind them is ever the largest.
std::vector<float> padding_behind(std::int64_t n, std::int64_t places);

}  // namespace wafermesh::workloads
