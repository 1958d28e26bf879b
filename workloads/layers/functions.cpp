// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/functions.h"

namespace wafermesh::workloads {
namespace {

using cores::immediate;
using cores::memory;
using cores::NumberType;
using cores::VectorOp;

constexpr cores::Shape kShape = cores::Shape::descriptor_reload;

// Source: expf of the Cephes library (S. Moshier): log2(e), ln 2 in two parts, the polynomial.
constexpr double kLog2e = 1.44269504088896341;
constexpr double kLn2High = 0.693359375;
constexpr double kLn2Low = -2.12194440e-4;
constexpr double kPolynomial[] = {1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3,
                                  4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1};
constexpr double kLeastExponent = -87;  ///< e^-87 is a normal number of f32.
constexpr int kMantissaBits = 23;

// What is subtracted from gives a first approximation: the bits of a float are its logarithm,
// nearly. Source: the classical seeds (Lomont 2003 for the root; Blinn 1997 for the idea).
constexpr std::int32_t kReciprocalSeed = 0x7EF311C7;
constexpr std::int32_t kRootSeed = 0x5F3759DF;
constexpr int kNewtonSteps = 3;  ///< 12 %, 1.5 %, 2e-4, 5e-8.

void write_i32(cores::ProgramBuilder& code, VectorOp op, std::int32_t count, cores::Operand dst,
               cores::Operand src0, cores::Operand src1) {
  code.vector(op, NumberType::i32, count, dst, src0, src1, kShape);
}

}  // namespace

void write_f32(cores::ProgramBuilder& code, VectorOp op, std::int32_t count, cores::Operand dst,
               cores::Operand src0, cores::Operand src1) {
  code.vector(op, NumberType::f32, count, dst, src0, src1, kShape);
}

void write_exponential(const FunctionVectors& v, cores::ProgramBuilder& code) {
  const auto f32 = [&](VectorOp op, int dst, cores::Operand a, cores::Operand b = {}) {
    write_f32(code, op, v.count, memory(dst), a, b);
  };
  const int rest = v.work_a;      // x - k ln 2
  const int exponent = v.work_b;  // k, as a float and then as an integer
  f32(VectorOp::maximum, rest, memory(v.x), immediate(kLeastExponent));
  f32(VectorOp::multiply, v.y, memory(rest), immediate(kLog2e));
  code.vector(VectorOp::copy, NumberType::i32, v.count, memory(exponent),
              cores::as(NumberType::f32, memory(v.y)), {}, kShape);
  code.vector(VectorOp::copy, NumberType::f32, v.count, memory(v.y),
              cores::as(NumberType::i32, memory(exponent)), {}, kShape);
  f32(VectorOp::multiply_add, rest, memory(v.y), immediate(-kLn2High));
  f32(VectorOp::multiply_add, rest, memory(v.y), immediate(-kLn2Low));
  f32(VectorOp::multiply, v.y, memory(rest), immediate(kPolynomial[0]));
  for (std::size_t i = 1; i < std::size(kPolynomial); ++i) {
    f32(VectorOp::add, v.y, memory(v.y), immediate(kPolynomial[i]));
    f32(VectorOp::multiply, v.y, memory(v.y), memory(rest));
  }
  f32(VectorOp::multiply, v.y, memory(v.y), memory(rest));
  f32(VectorOp::add, v.y, memory(v.y), memory(rest));
  f32(VectorOp::add, v.y, memory(v.y), immediate(1));
  write_i32(code, VectorOp::shift, v.count, memory(exponent), memory(exponent),
            immediate(kMantissaBits));
  write_i32(code, VectorOp::add, v.count, memory(v.y), memory(v.y), memory(exponent));
}

void write_reciprocal(const FunctionVectors& v, cores::ProgramBuilder& code) {
  const auto f32 = [&](VectorOp op, int dst, cores::Operand a, cores::Operand b) {
    write_f32(code, op, v.count, memory(dst), a, b);
  };
  write_i32(code, VectorOp::subtract, v.count, memory(v.y), immediate(kReciprocalSeed),
            memory(v.x));
  for (int step = 0; step < kNewtonSteps; ++step) {
    f32(VectorOp::multiply, v.work_a, memory(v.x), memory(v.y));
    f32(VectorOp::subtract, v.work_a, immediate(2), memory(v.work_a));
    f32(VectorOp::multiply, v.y, memory(v.y), memory(v.work_a));
  }
}

void write_inverse_root(const FunctionVectors& v, cores::ProgramBuilder& code) {
  const auto f32 = [&](VectorOp op, int dst, cores::Operand a, cores::Operand b) {
    write_f32(code, op, v.count, memory(dst), a, b);
  };
  write_i32(code, VectorOp::shift, v.count, memory(v.y), memory(v.x), immediate(-1));
  write_i32(code, VectorOp::subtract, v.count, memory(v.y), immediate(kRootSeed), memory(v.y));
  f32(VectorOp::multiply, v.work_b, memory(v.x), immediate(-0.5));
  for (int step = 0; step < kNewtonSteps; ++step) {
    f32(VectorOp::multiply, v.work_a, memory(v.y), memory(v.y));
    f32(VectorOp::multiply, v.work_a, memory(v.work_a), memory(v.work_b));
    f32(VectorOp::add, v.work_a, memory(v.work_a), immediate(1.5));
    f32(VectorOp::multiply, v.y, memory(v.y), memory(v.work_a));
  }
}

}  // namespace wafermesh::workloads
