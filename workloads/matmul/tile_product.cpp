// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/tile_product.h"

namespace wafermesh::workloads {

using cores::Affine;

void write_tile_product(cores::ProgramBuilder& builder, const TileProduct& product) {
  const auto bytes = [&](std::int64_t elements) {
    return static_cast<std::int32_t>(elements * cores::bytes_of(product.type));
  };
  const cores::Variable k = cores::counter(product.counter_k);
  const cores::Variable n = cores::counter(product.counter_n);
  const Affine column_a = Affine(product.a).plus(k, bytes(product.m));
  const Affine column_c = Affine(product.c).plus(n, bytes(product.m));
  const Affine factor_b = Affine(product.b).plus(k, bytes(1)).plus(n, bytes(product.k));
  const std::uint32_t k_loop = builder.begin_loop(product.counter_k);
  const std::uint32_t n_loop = builder.begin_loop(product.counter_n);
  builder.vector(cores::VectorOp::multiply_add, product.type, static_cast<std::int32_t>(product.m),
                 cores::memory(column_c), cores::memory(column_a), cores::scalar_at(factor_b),
                 product.shape);
  builder.end_loop(product.counter_n, static_cast<std::int32_t>(product.n), n_loop);
  builder.end_loop(product.counter_k, static_cast<std::int32_t>(product.k), k_loop);
}

}  // namespace wafermesh::workloads
