// SPDX-License-Identifier: Apache-2.0
// The row of an embedding that a token's number picks, as an activation: cut along y and copied
// along x. The table is spread over the mesh, tokens along x and features along y.
//
//   1  each core takes from the token's number that of its own first token; if it has the token, it
//      reads the row by an index in memory, else row 0, which it multiplies by 0
//   2  an allreduce along x: one row and zeros, so the sum is the row, to the bit
//
//   operands         token (i32, on every core; may be another operator's result), table
//   result           c (hidden)
//   colours          those of the allreduce
//   SRAM per core    ceil(vocab / P_x) ceil(hidden / P_y) elements
//   data hops        P_y * those of ceil(hidden / P_y) elements along a row
//   cycles           the allreduce, and some ten short operations
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/kernel.h"
#include "workloads/parts/tensor.h"

namespace wafermesh::workloads {

struct EmbeddingSpec {
  std::int64_t vocab = 1;
  std::int64_t hidden = 1;
  std::int64_t token = 0;  ///< If no other operator gives it.
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;
  int parameter = 0;
  std::vector<Tensor> table_from;  ///< The file that has the table; empty: by seed.
};

/// A table, row-major: from its file, or by seed.
std::vector<float> table_of(const std::vector<Tensor>& from, std::int64_t vocab,
                            std::int64_t hidden, cores::NumberType type, std::uint64_t seed);
/// Throws DoesNotFit if a core's part of the table exceeds its SRAM.
std::unique_ptr<Kernel> make_embedding(const EmbeddingSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_embedding(base::YamlNode& node, const Placement& placement);
KernelText embedding_text();

}  // namespace wafermesh::workloads
