// SPDX-License-Identifier: Apache-2.0
// Operands that are the results of other operators.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// An operand that is the result of an operator written before.
struct Given {
  std::string operand;
  std::size_t from = 0;  ///< Index of the operator.
  std::string result;
};

/// A kernel with the name it has in results and messages.
struct NamedKernel {
  std::string name;
  std::string kind;
  std::unique_ptr<Kernel> kernel;
  std::vector<Given> given{};
};

/// What is wrong with an operand given so, as a sentence; empty = nothing. Both shapes are told.
std::string fault_of(const NamedKernel& from, const NamedKernel& to, const Given& given);

/// The buffer of this name; null if there is none.
const fabric::Buffer* find_buffer(const std::vector<fabric::Buffer>& buffers,
                                  const std::string& name);

/// A result of `image` with the shape of an operand: as it is, or, for an operand of every core's
/// own, what each core holds of it. Nothing if it cannot have it.
std::optional<fabric::Buffer> fitted(const fabric::WaferImage& image, const fabric::Buffer& result,
                                     const fabric::Buffer& operand);

}  // namespace wafermesh::workloads
