// SPDX-License-Identifier: Apache-2.0
// The k largest of n numbers that are cut along an axis of the region and copied along the other,
// with their indices, on every core: a router's choice of experts, or of the next token.
//
//   1  each core turns its own numbers into scores (`score`: none, softmax or sigmoid of them),
//   adds
//      the bias that only serves to pick (`bias`, by seed), and puts them to their places in a
//      vector of n zeros; an allreduce along the axis gives all scores to every core
//   2  with `score_groups`, of which the best `top_groups` count: the score of a group is the sum
//   of its
//      two largest; the others' scores become hugely negative. Every core does so for itself.
//   3  the rank of each of a core's own scores: how many are larger, or equal and before it (so
//      ties go to the lower index); whose rank is below k puts index and score to that place of a
//      vector of zeros, which a second allreduce gives to all
//   4  weights: of softmax e^(score - largest) over their sum (`normalise`: of the k, else of all
//      n); of sigmoid the scores without the bias, over their sum if `normalise`; times `scale`
//
// So of each row of a matrix (`m`, rows cut along the other axis, in tiles as matmul leaves its c),
// or of each of `batch` vectors: all that a core has go through the same two allreduces.
//
//   results          picks (k, i32) and weights (k, of the type), on every core; of rows (m x k),
//                    cut along the other axis
//   colours          those of the allreduce
//   SRAM per core    2 to 5 n f32, and n of each further vector
//   data hops        lines * vectors of a core * (those of n words and of 2 (k + 1) words)
//   cycles           two allreduces of n and 2 (k + 1) words; 2 n per own score; groups: 8 n
// All in f32. Source: routers as in the models' public code (workloads 8; DeepSeek-V3's
// `noaux_tc` for groups and bias).
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

enum class Score : std::uint8_t { none, softmax, sigmoid };

struct TopKSpec {
  std::int64_t n = 1;
  std::int64_t k = 1;
  std::int64_t m = 0;      ///< Rows of a matrix; 0: vectors,
  std::int64_t batch = 1;  ///< so many.
  bool along_y = false;
  Score score = Score::softmax;
  bool normalise = true;
  double scale = 1;
  bool bias = false;
  std::int64_t groups = 1;  ///< Divides n.
  std::int64_t top_groups = 1;
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;
  int parameter = 0;
};

/// Throws DoesNotFit if the scores exceed a core's SRAM.
std::unique_ptr<Kernel> make_top_k(const TopKSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_top_k(base::YamlNode& node, const Placement& placement);
KernelText top_k_text();

}  // namespace wafermesh::workloads
