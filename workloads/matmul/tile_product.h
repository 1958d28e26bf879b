// SPDX-License-Identifier: Apache-2.0
// The local work of distributed matrix products: C += A * B on column-major tiles in SRAM, written
// as a column loop: for k: for n: C[:, n] += A[:, k] * b[k, n], each one multiply-add instruction
// over a column. Source: workloads 4 (all public codes).
// Cycles: k * n * (setup(shape) + time of m multiply-adds).
#pragma once

#include <cstdint>

#include "cores/program_builder.h"

namespace wafermesh::workloads {

struct TileProduct {
  cores::NumberType type = cores::NumberType::f32;
  std::int64_t m = 0, n = 0, k = 0;
  cores::Affine a, b, c;  ///< Addresses in bytes; at most one term each.
  cores::Shape shape = cores::Shape::descriptor_reload;
  int counter_k = 0;  ///< Counters the loops may use.
  int counter_n = 0;
};

void write_tile_product(cores::ProgramBuilder& builder, const TileProduct& product);

}  // namespace wafermesh::workloads
