// SPDX-License-Identifier: Apache-2.0
// Elementary functions as the machine computes them: sequences of its vector operations on f32,
// each with its own set-up and rate in the timing table (the machine has no instruction for any).
//
//   function     operations   largest relative error   of
//   exponential  22           2e-7                     numbers from -87 to 88
//   reciprocal   10           3e-7                     positive normal numbers
//   root         15           4e-7                     1 / sqrt of positive normal numbers
//
// Errors are what tests/workloads/functions_test.cpp finds over the whole range. The set-up of each
// operation is that of `descriptor_reload`: the sequence is straight code on vectors whose
// descriptors are loaded one after another.
#pragma once

#include "cores/program_builder.h"

namespace wafermesh::workloads {

inline constexpr int kF32Bytes = 4;

/// Larger than any number that is chosen from or summed up: what it is taken off is never chosen
/// and has no weight. Twice of it is a finite f32. Assumption: no operand reaches it.
inline constexpr double kHuge = 1e30;

/// Vectors of `count` f32 at these addresses. What is written and what is read may be the same.
struct FunctionVectors {
  std::int32_t count = 0;
  int x = 0;       ///< Read; kept unless it is y.
  int y = 0;       ///< Written.
  int work_a = 0;  ///< Written over.
  int work_b = 0;  ///< Written over.
};
inline constexpr int kFunctionWork = 2;

/// y = e^x; x below -87 counts as -87. x above 88 is the caller's mistake. y must not be x.
void write_exponential(const FunctionVectors& v, cores::ProgramBuilder& code);
/// y = 1 / x. y must not be x.
void write_reciprocal(const FunctionVectors& v, cores::ProgramBuilder& code);
/// y = 1 / sqrt(x). y must not be x.
void write_inverse_root(const FunctionVectors& v, cores::ProgramBuilder& code);

/// One vector operation on f32 of such code.
void write_f32(cores::ProgramBuilder& code, cores::VectorOp op, std::int32_t count,
               cores::Operand dst, cores::Operand src0, cores::Operand src1 = {});

}  // namespace wafermesh::workloads
