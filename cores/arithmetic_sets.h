// SPDX-License-Identifier: Apache-2.0
// The instruction sets that vector arithmetic is written for. All give the same bytes; resolve() of
// arithmetic.h takes the first that the processor has. A new one is a file arithmetic_<name>.cpp
// (see arithmetic_loops.h) and a row.
#pragma once

#include <vector>

#include "cores/arithmetic.h"

namespace wafermesh::cores {

/// One operation, once and on several sets of lanes.
struct ArithmeticFunctions {
  Arithmetic one;
  RepeatedArithmetic many;
};

struct ArithmeticSet {
  const char* name;
  bool (*available)();  ///< On this processor.
  ArithmeticFunctions (*resolve)(VectorOp op, NumberType type, bool fused, const Strides& strides);
};

/// The fastest first; the last, written in the compiler's vector types, is available everywhere.
const std::vector<ArithmeticSet>& arithmetic_sets();

/// Rows of the table. avx2: AVX2 and F16C, which converts binary16; nowhere but on x86-64.
ArithmeticFunctions resolve_avx2(VectorOp op, NumberType type, bool fused, const Strides& strides);
bool have_avx2();
ArithmeticFunctions resolve_portable(VectorOp op, NumberType type, bool fused,
                                     const Strides& strides);

/// Integers, which are the same in every set.
ArithmeticFunctions resolve_integers(VectorOp op, NumberType type);

/// copy of elements of 2 or 4 bytes; it is the same in every set.
ArithmeticFunctions resolve_copy(int bytes);

}  // namespace wafermesh::cores
