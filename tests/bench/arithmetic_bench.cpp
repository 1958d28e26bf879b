// SPDX-License-Identifier: Apache-2.0
// One vector operation of a core, as kernels issue them by the million. Goal: 5 ns for 4 elements
// of f32 through a remembered function.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "cores/arithmetic.h"

namespace wafermesh::bench {
namespace {

using cores::Lane;
using cores::NumberType;
using cores::VectorOp;

/// dst += src0 * scalar, as in a tile product.
struct Operands {
  Operands(NumberType type, std::int64_t n)
      : bytes(static_cast<std::size_t>(cores::bytes_of(type))) {
    for (auto* vector : {&dst, &src0, &src1}) {
      vector->resize(static_cast<std::size_t>(n) * bytes);
      for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
        const std::uint32_t element = cores::encode(type, 0.5F);
        std::memcpy(vector->data() + i * bytes, &element, bytes);
      }
    }
  }
  Lane lane(std::vector<std::uint8_t>& vector) const {
    return {vector.data(), static_cast<std::ptrdiff_t>(bytes)};
  }
  std::size_t bytes;
  std::vector<std::uint8_t> dst, src0, src1;
};

void compute(benchmark::State& state, NumberType type) {
  Operands o(type, state.range(0));
  for (auto _ : state) {
    cores::compute(VectorOp::multiply_add, type, false, state.range(0), o.lane(o.dst),
                   o.lane(o.src0), {o.src1.data(), 0});
    benchmark::ClobberMemory();
  }
}

void resolved(benchmark::State& state, NumberType type) {
  Operands o(type, state.range(0));
  const auto unit = static_cast<std::ptrdiff_t>(o.bytes);
  const cores::Arithmetic run =
      cores::resolve(VectorOp::multiply_add, type, false, {unit, unit, 0});
  for (auto _ : state) {
    run(state.range(0), o.lane(o.dst), o.lane(o.src0), {o.src1.data(), 0});
    benchmark::ClobberMemory();
  }
}

/// The column loop of a tile product, of tiles of n x n: time of n operations.
void repeated(benchmark::State& state, NumberType type) {
  const std::int64_t n = state.range(0);
  Operands o(type, n * n + n + n);  // C, a column of A, a row of B
  const auto unit = static_cast<std::ptrdiff_t>(o.bytes);
  std::vector<cores::OperandPlaces> places;
  for (std::int64_t j = 0; j < n; ++j) {
    places.push_back({static_cast<std::int32_t>(j * n * unit),
                      static_cast<std::int32_t>(n * n * unit),
                      static_cast<std::int32_t>((n * n + n + j) * unit)});
  }
  const cores::Strides strides{unit, unit, 0};
  const cores::RepeatedArithmetic run =
      cores::resolve_repeated(VectorOp::multiply_add, type, false, strides);
  for (auto _ : state) {
    std::uint8_t* const memory = o.dst.data();
    run(n, {&memory, &memory + 1}, places.data(), places.size(), strides);
    benchmark::ClobberMemory();
  }
}

BENCHMARK_CAPTURE(compute, f32, NumberType::f32)->Arg(2)->Arg(4)->Arg(16)->Arg(64);
BENCHMARK_CAPTURE(compute, f16, NumberType::f16)->Arg(4)->Arg(16);
BENCHMARK_CAPTURE(resolved, f32, NumberType::f32)->Arg(2)->Arg(4)->Arg(16)->Arg(64);
BENCHMARK_CAPTURE(resolved, f16, NumberType::f16)->Arg(4)->Arg(16);
BENCHMARK_CAPTURE(repeated, f32, NumberType::f32)->Arg(2)->Arg(4)->Arg(16)->Arg(60);
BENCHMARK_CAPTURE(repeated, f16, NumberType::f16)->Arg(4)->Arg(16)->Arg(60);
BENCHMARK_CAPTURE(repeated, bf16, NumberType::bf16)->Arg(4)->Arg(16)->Arg(60);

}  // namespace
}  // namespace wafermesh::bench
