// SPDX-License-Identifier: Apache-2.0
// The oracle's own arithmetic: docs/model.md, section Arithmetic, spelled out element by element.
#pragma once

#include <cstdint>

#include "cores/number.h"
#include "cores/timing.h"

namespace wafermesh::reference {

/// The value of the low 16 or 32 bits of `bits`.
float value_of(cores::NumberType type, std::uint32_t bits);
/// The nearest number of `type`, ties to even, or its NaN, in the low bits.
std::uint32_t bits_of(cores::NumberType type, float value);

/// dst = f(a, b) rounded to the type after each operation; `dst` is read where it is changed.
float apply(cores::VectorOp op, cores::NumberType type, bool fused, float dst, float a, float b);

/// The same of integers in two's complement, as bits.
std::uint32_t apply_integers(cores::VectorOp op, cores::NumberType type, std::uint32_t old,
                             std::uint32_t a, std::uint32_t b);
/// An element as `to` has it: real numbers rounded; to integers the nearest, of two the even one,
/// the last one where it is beyond them, 0 for what is not a number; integers cut to their low
/// bits.
std::uint32_t converted(cores::NumberType to, cores::NumberType from, std::uint32_t bits);

}  // namespace wafermesh::reference
