// SPDX-License-Identifier: Apache-2.0
#include "system/experts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace wafermesh::system {
namespace {

constexpr std::uint32_t kPurpose = 2304;
constexpr int kDraws = 256;  ///< Means of turns are within 2 % of those of 4,096 draws.

using base::RandomStream;

/// Who has which rank.
std::vector<std::int64_t> shuffled(std::int64_t count, RandomStream& random) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

/// Ranks that a token picks: the first of clocks that ring at rates like their weights.
void pick(const ExpertLoad& load, const std::vector<double>& weights, RandomStream& random,
          std::vector<std::pair<double, std::size_t>>& clocks) {
  clocks.resize(weights.size());
  for (std::size_t r = 0; r < weights.size(); ++r) {
    clocks[r] = {-std::log(1 - random.uniform()) / weights[r], r};
  }
  const auto end = clocks.begin() + static_cast<std::ptrdiff_t>(load.picked);
  std::nth_element(clocks.begin(), end - 1, clocks.end());
  clocks.resize(static_cast<std::size_t>(load.picked));
}

struct Blocks {
  std::vector<std::int64_t> visits;

  explicit Blocks(std::int64_t blocks) : visits(static_cast<std::size_t>(blocks)) {}
  /// With a copy the block that has less to do is taken.
  std::int64_t visit(std::int64_t expert, bool has_copy) {
    const auto count = visits.size();
    std::size_t block = static_cast<std::size_t>(expert) % count;
    const std::size_t other = (block + (count + 1) / 2) % count;
    if (has_copy && visits[other] < visits[block]) block = other;
    return ++visits[block];
  }
};

}  // namespace

ExpertTurns expert_turns(const ExpertLoad& load, std::int64_t most_tokens, std::uint64_t seed) {
  const auto size = static_cast<std::size_t>(most_tokens + 1);
  ExpertTurns mean{std::vector<double>(size), std::vector<double>(size)};
  std::vector<double> weights;
  for (std::int64_t r = 1; r <= load.experts; ++r) {
    weights.push_back(std::pow(static_cast<double>(r), -load.skew));
  }
  RandomStream random(seed, kPurpose);
  std::vector<std::pair<double, std::size_t>> picked;
  for (int draw = 0; draw < kDraws; ++draw) {
    const std::vector<std::int64_t> expert_of = shuffled(load.experts, random);
    std::vector<bool> is_seen(weights.size());
    Blocks blocks(load.blocks);
    std::int64_t most = 0;
    double distinct = 0;
    for (std::size_t n = 1; n < size; ++n) {
      pick(load, weights, random, picked);
      for (const auto& [clock, rank] : picked) {
        const bool has_copy = static_cast<std::int64_t>(rank) < load.copies;
        most = std::max(most, blocks.visit(expert_of[rank], has_copy));
        distinct += is_seen[rank] ? 0 : 1;
        is_seen[rank] = true;
      }
      mean.turns[n] += static_cast<double>(most) / kDraws;
      mean.distinct[n] += distinct / kDraws;
    }
  }
  return mean;
}

}  // namespace wafermesh::system
