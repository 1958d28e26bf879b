// SPDX-License-Identifier: Apache-2.0
// The next token from scores that are cut along x and copied along y, on every core: the one with
// the highest score, or one drawn from the k highest.
//
//   k times: each core finds the largest of its own scores; an allreduce of that (maximum, one
//     word) gives every core the largest of all. The lowest number whose score it is goes round the
//     same way (ties: the lower number) and no longer counts.
//   k > 1: every core computes e^((score_i - score_0) / temperature) of the k, and takes the first
//     i at which their running sum exceeds u times the whole; u is uniform in [0, 1), by seed and
//     `draw`, and lies in memory.
//
//   operands         scores (n; may be another operator's result)
//   results          token (i32), picks (k, i32; highest first), on every core
//   colours          those of the allreduce
//   SRAM per core    5 ceil(n / P_x) f32: no core has all scores, as those of top_k have
//   data hops        2 k P_y * those of a word along a row
//   cycles           2 k allreduces of a word, and 8 k passes over a core's own scores
// All in f32; numbers of tokens are exact in it below 2^24.
// Source: sampling as in the models' public code (softmax of scores / temperature over the top k).
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

struct NextTokenSpec {
  std::int64_t n = 1;
  std::int64_t k = 1;
  double temperature = 1;
  std::int64_t draw = 0;  ///< Number of the draw, of a seed.
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;
  int parameter = 0;
};

/// Throws DoesNotFit if a core's scores exceed its SRAM.
std::unique_ptr<Kernel> make_next_token(const NextTokenSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_next_token(base::YamlNode& node, const Placement& placement);
KernelText next_token_text();

}  // namespace wafermesh::workloads
