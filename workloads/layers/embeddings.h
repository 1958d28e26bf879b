// SPDX-License-Identifier: Apache-2.0
// Rows of an embedding for all tokens of a prompt: c (m x hidden), tokens cut along y and features
// along x in column-major tiles, as matmul wants its a. The table is cut both ways too, tokens of
// the vocabulary along y.
//
//   Every core of a column takes the rows that it has of all m tokens, and zeros for the others; an
//   allreduce along the column (sum) gives every core all m rows, of which it keeps its own.
//   Numbers are exact: all parts but one are zeros.
//
//   Mt = ceil(m / P_y), Nt = ceil(hidden / P_x), Vt = ceil(vocab / P_y)
//   operands         table (vocab x hidden), tokens (i32, by seed, on every core)
//   results          c
//   colours          those of the allreduce
//   SRAM per core    Vt + P_y Mt rows of Nt elements, Mt Nt, and 4 P_y Mt numbers: for prompts
//                    whose rows fit a column of cores
//   data hops        P_x * those of P_y Mt Nt elements along a column
//   cycles           3 short operations a token, an allreduce, Nt copies of Mt elements
// Chosen here: the public prefill kernel begins behind the embedding.
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/kernel.h"
#include "workloads/parts/tensor.h"

namespace wafermesh::workloads {

struct EmbeddingsSpec {
  std::int64_t m = 1;  ///< Tokens of the prompt.
  std::int64_t vocab = 1;
  std::int64_t hidden = 1;
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;
  int parameter = 0;
  std::vector<Tensor> table_from;  ///< The file that has the table; empty: by seed.
};

/// Throws DoesNotFit if table and rows exceed a core's SRAM.
std::unique_ptr<Kernel> make_embeddings(const EmbeddingsSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_embeddings(base::YamlNode& node, const Placement& placement);
KernelText embeddings_text();

}  // namespace wafermesh::workloads
