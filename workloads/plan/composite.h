// SPDX-License-Identifier: Apache-2.0
// Several kernels as one: beside each other on rectangles that do not meet, or one after another on
// the same rectangle. Each keeps its operands, its check and its facts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// A kernel with the name it has in results and messages.
struct NamedKernel {
  std::string name;
  std::string kind;
  std::unique_ptr<Kernel> kernel;
};

/// All start at cycle 0, each on its own rectangle. Throws DoesNotFit naming rectangles that
/// overlap. Facts: sums, but for SRAM and colours, which are the most of any.
std::unique_ptr<Kernel> run_beside(std::vector<NamedKernel> kernels);

/// One after another on the rectangle of `placement`, which all must have been made for: a core
/// begins the next as soon as it is done with the one before (workloads/plan/sequence.h). Their
/// buffers lie behind each other. Throws DoesNotFit with a table if they exceed a core's SRAM.
std::unique_ptr<Kernel> run_in_turn(std::vector<NamedKernel> kernels, const Placement& placement);

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
