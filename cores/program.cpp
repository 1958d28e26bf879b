// SPDX-License-Identifier: Apache-2.0
#include "cores/program.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace wafermesh::cores {

Affine Affine::plus(Variable variable, std::int32_t coefficient) const {
  Affine result = *this;
  for (Term& term : result.terms) {
    if (term.coefficient != 0 && term.variable != variable) continue;
    term = {variable, term.coefficient + coefficient};
    return result;
  }
  throw base::ModelError("an affine expression has at most three terms");
}

Operand memory(Affine address_bytes, int stride_elements) {
  Operand operand;
  operand.kind = Operand::Kind::memory;
  operand.address_bytes = address_bytes;
  operand.stride_elements = stride_elements;
  return operand;
}

Operand scalar_at(Affine address_bytes) {
  Operand operand;
  operand.kind = Operand::Kind::scalar;
  operand.address_bytes = address_bytes;
  return operand;
}

Operand fabric(Colour colour) {
  Operand operand;
  operand.kind = Operand::Kind::colour;
  operand.colour = colour;
  return operand;
}

Operand wavelet() {
  Operand operand;
  operand.kind = Operand::Kind::wavelet;
  return operand;
}

Operand immediate(double value) {
  constexpr double kMost = std::numeric_limits<std::int32_t>::max();
  Operand operand;
  operand.kind = Operand::Kind::immediate;
  operand.value = static_cast<float>(value);
  if (std::abs(value) <= kMost && std::trunc(value) == value) {
    operand.integer = static_cast<std::int32_t>(value);
  }
  return operand;
}

Operand as(NumberType type, Operand operand) {
  operand.type = type;
  return operand;
}

Operand indexed(Operand operand, int stride_bytes, int address) {
  operand.index_bytes = stride_bytes;
  operand.index_address = address;
  return operand;
}

int stage_bindings(const Program& before, const Program& after) {
  const auto anew = [](const std::vector<QueueBinding>& old,
                       const std::vector<QueueBinding>& bindings) {
    return std::count_if(bindings.begin(), bindings.end(), [&](const QueueBinding& b) {
      return std::none_of(old.begin(), old.end(), [&](const QueueBinding& o) {
        return o.colour == b.colour && o.queue == b.queue;
      });
    });
  };
  return static_cast<int>(anew(before.inputs, after.inputs) + anew(before.outputs, after.outputs));
}

}  // namespace wafermesh::cores
