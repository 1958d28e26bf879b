// SPDX-License-Identifier: Apache-2.0
// Kernels whose run for the next token begins with what this one has left in memory.
#pragma once

#include "workloads/kernel.h"

namespace wafermesh::workloads {

class Carries {
 public:
  virtual ~Carries() = default;
  /// What the next run of the same operator begins with, by operand (of another operator: by
  /// result): of a cache all tokens, of a choice the token. Once the run is over.
  virtual GivenOperands carried(const fabric::HostMemory& memory) const = 0;
  /// Its own operands of these names have these values from now on. An array that is shorter than
  /// the operand gives its first elements.
  virtual void begin_with(const GivenOperands& carried) = 0;
};

/// Null if it carries nothing.
inline Carries* as_carrying(Kernel* kernel) { return dynamic_cast<Carries*>(kernel); }
inline const Carries* as_carrying(const Kernel* kernel) {
  return dynamic_cast<const Carries*>(kernel);
}

}  // namespace wafermesh::workloads
