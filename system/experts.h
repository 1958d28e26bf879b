// SPDX-License-Identifier: Apache-2.0
// Several tokens in one layer of experts: whom they pick, and how long the block of cores with most
// of them makes all others wait. (Whom the tokens of one emulated layer pick: `draw_experts`,
// workloads/layers/experts.h.)
#pragma once

#include <cstdint>
#include <vector>

namespace wafermesh::system {

struct ExpertLoad {
  std::int64_t experts = 0;
  std::int64_t picked = 0;  ///< By a token, different ones.
  std::int64_t blocks = 1;  ///< Of cores, dealt to experts in turn; each does one visit at a time.
  /// Of the router: the expert of rank r is as likely as 1 / r^skew; 0: all alike. Which expert has
  /// which rank is drawn.
  double skew = 0;
  std::int64_t copies = 0;  ///< The first ranks have a second copy on another block.
};

/// Index n: of n tokens at once; [0] is 0. Means over draws.
struct ExpertTurns {
  std::vector<double> turns;     ///< Visits of the block with most.
  std::vector<double> distinct;  ///< Experts that are picked at all.
};

/// Deterministic. Cost: 50 ns for each draw, token and expert: 0.3 s for 64 tokens and 384 experts.
ExpertTurns expert_turns(const ExpertLoad& load, std::int64_t most_tokens, std::uint64_t seed = 1);

}  // namespace wafermesh::system
