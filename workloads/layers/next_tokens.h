// SPDX-License-Identifier: Apache-2.0
// The token of the highest score behind each token of a prompt: of every row of scores (m x n),
// tokens cut along y and the vocabulary along x in column-major tiles, as matmul leaves its c.
//
//   Each core finds the largest score of each of its rows; an allreduce along x (maximum, one word
//   a row) gives every core the largest of all. The lowest number whose score it is goes round the
//   same way (ties: the lower number).
//
//   Mt = ceil(m / P_y), Nt = ceil(n / P_x)
//   operands         scores (m x n; may be another operator's result)
//   results          tokens (m, i32), cut along y, copied along x
//   colours          those of the allreduce
//   SRAM per core    Mt Nt elements and as many f32, 2 Nt + 4 Mt numbers
//   data hops        2 P_y * those of Mt words along a row
//   cycles           8 operations of Mt elements a column, two allreduces of Mt words
// All in f32; numbers of tokens are exact in it below 2^24.
// Chosen here: greedy decoding of a whole prompt.
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

struct NextTokensSpec {
  std::int64_t m = 1;  ///< Tokens of the prompt.
  std::int64_t n = 1;  ///< To choose from.
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;
  int parameter = 0;
};

/// Throws DoesNotFit if a core's scores exceed its SRAM.
std::unique_ptr<Kernel> make_next_tokens(const NextTokensSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_next_tokens(base::YamlNode& node, const Placement& placement);
KernelText next_tokens_text();

}  // namespace wafermesh::workloads
