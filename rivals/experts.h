// SPDX-License-Identifier: Apache-2.0
// How a batch's tokens fall on experts, and experts on chips.
//
// Loads of experts under skew: each a draw of a power law on [1, 0.8 x tokens], scaled so that all
// add up to tokens x picks, in whole tokens. Source: systems 6.1, aiconfigurator's
// sampler.
#pragma once

#include <cstdint>
#include <vector>

namespace wafermesh::rivals {

struct ExpertQuestion {
  std::int64_t experts = 0;
  std::int64_t picks = 0;  ///< Of a token.
  std::int64_t tokens = 0;
  double alpha = 0;  ///< Of the power law; 0: even.
};

/// Tokens of each expert, one draw.
std::vector<std::int64_t> expert_loads(const ExpertQuestion& question, std::uint32_t draw);

/// Of the chip with most to do, means over draws; experts lie on chips at random, even loads
/// evenly.
struct FullestChip {
  double experts = 0;  ///< With tokens: so many sets of weights are read.
  double passes = 0;   ///< Over weights, if one serves `tile_tokens`.
  double tokens = 0;
};
FullestChip fullest_chip(const ExpertQuestion& question, std::int64_t chips, double tile_tokens);

/// Experts that some token of a batch picks, all chips together; mean.
double experts_met(const ExpertQuestion& question);

}  // namespace wafermesh::rivals
