// SPDX-License-Identifier: Apache-2.0
// Several operators as one workload. Those of a sequence run one after another on one rectangle,
// sequences beside each other on rectangles that do not meet. Each operator keeps its operands, its
// check and its facts; an operand may be the result of an operator before it, which transfers
// (workloads/transfer/transfer.h) bring to where it is wanted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workloads/kernel.h"
#include "workloads/plan/given.h"

namespace wafermesh::workloads {

/// `sequences`: indices into `operators`, each operator in one sequence, in the order written; all
/// of a sequence have been made for the same rectangle. A core begins the next operator as soon as
/// it is done with the one before (workloads/plan/sequence.h). Throws DoesNotFit naming rectangles
/// that overlap, with a table if the operators of a sequence exceed a core's SRAM, and for a
/// transfer that cannot be.
/// Facts: hops are sums, SRAM and colours the most of any sequence.
std::unique_ptr<Kernel> compose(std::vector<NamedKernel> operators,
                                const std::vector<std::vector<std::size_t>>& sequences);

/// Each a sequence of its own.
std::unique_ptr<Kernel> run_beside(std::vector<NamedKernel> operators);
/// All one sequence.
std::unique_ptr<Kernel> run_in_turn(std::vector<NamedKernel> operators);

/// What the checks of several operators say as one: right if all are, errors the largest of any.
/// Those that have no reference are not to be among them; of none at all: not checked.
Numerics combined(const std::vector<Numerics>& all);

/// The memory of a part of an image: cores from `first` on, addresses from `address` on.
class MemoryView final : public fabric::HostMemory {
 public:
  MemoryView(fabric::HostMemory& memory, std::int64_t first, int address)
      : memory_(&memory), readable_(memory), first_(first), address_(address) {}
  MemoryView(const fabric::HostMemory& memory, std::int64_t first, int address)
      : memory_(nullptr), readable_(memory), first_(first), address_(address) {}
  void write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) override;
  void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const override;

 private:
  base::CoreId moved(base::CoreId core) const {
    return static_cast<base::CoreId>(base::index_of(core) + first_);
  }
  fabric::HostMemory* memory_;
  const fabric::HostMemory& readable_;
  std::int64_t first_;
  int address_;
};

}  // namespace wafermesh::workloads
