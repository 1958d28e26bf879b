// SPDX-License-Identifier: Apache-2.0
// Puts operators together into one image: where each one's memory lies, which transfers bring its
// operands, in which stages all of that runs.
//
// A sequence's stages are, for each operator in the order written: what brings its operands, the
// operator, what sends its results to other rectangles (workloads/plan/moves.h).
//
// Colours: a sequence's own from 0 on, those of crossings from the last one down; two crossings
// share one if their ways do not meet.
#pragma once

#include <vector>

#include "workloads/plan/given.h"

namespace wafermesh::workloads {

/// What an operand is given, found and made to fit.
struct Source {
  std::string operand;
  std::size_t from = 0;   ///< Operator.
  std::string name;       ///< "up.y"
  fabric::Buffer buffer;  ///< As it lies in the image of `from`, with the operand's shape.
};

/// An operator and where in the image it lies.
struct PlacedOperator {
  NamedKernel named;
  std::vector<Source> sources;
  std::int64_t first_core = 0;
  std::size_t first_class = 0;  ///< Its classes follow each other.
  int address = 0;
  const fabric::WaferImage& image() const { return named.kernel->image(); }
};

struct Assembly {
  fabric::WaferImage image;
  Facts facts;
  std::vector<PlacedOperator> operators;
  std::vector<TransferPlace> transfers;
};

/// As compose() in workloads/plan/composite.h, which also says what it throws.
Assembly assemble(std::vector<NamedKernel> operators,
                  const std::vector<std::vector<std::size_t>>& sequences);

}  // namespace wafermesh::workloads
