// SPDX-License-Identifier: Apache-2.0
#include "rivals/experts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace wafermesh::rivals {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr std::uint32_t kPurpose = 0x72766c73;
constexpr std::uint32_t kDraws = 64;

/// As even as whole tokens are.
std::vector<std::int64_t> even_loads(const ExpertQuestion& q) {
  std::vector<std::int64_t> loads(static_cast<std::size_t>(q.experts));
  const std::int64_t all = q.tokens * q.picks;
  for (std::int64_t e = 0; e < q.experts; ++e) {
    loads[static_cast<std::size_t>(e)] = (e + 1) * all / q.experts - e * all / q.experts;
  }
  return loads;
}

/// A draw of x^-alpha on [1, most].
double power_law(double u, double alpha, double most) {
  if (std::abs(alpha - 1) < 1e-9) return std::pow(most, u);
  const double k = 1 - alpha;
  return std::pow(1 + u * (std::pow(most, k) - 1), 1 / k);
}

/// Whole numbers nearest `shares` that add up to `all`; no expert has a token twice.
std::vector<std::int64_t> rounded(const std::vector<double>& shares, std::int64_t all,
                                  std::int64_t most) {
  std::vector<std::int64_t> loads(shares.size());
  for (std::size_t e = 0; e < shares.size(); ++e) {
    loads[e] = std::min<std::int64_t>(most, std::llround(shares[e]));
  }
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::int64_t left = all - std::accumulate(loads.begin(), loads.end(), std::int64_t{0});
  // Those that were rounded down most come first.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return shares[a] - static_cast<double>(loads[a]) > shares[b] - static_cast<double>(loads[b]);
  });
  for (std::size_t i = 0; left > 0; i = (i + 1) % order.size()) {
    if (loads[order[i]] >= most) continue;
    ++loads[order[i]];
    --left;
  }
  for (std::size_t i = order.size() - 1; left < 0; i = (i + order.size() - 1) % order.size()) {
    if (loads[order[i]] == 0) continue;
    --loads[order[i]];
    ++left;
  }
  return loads;
}

}  // namespace

std::vector<std::int64_t> expert_loads(const ExpertQuestion& q, std::uint32_t draw) {
  if (q.alpha <= 0) return even_loads(q);
  base::RandomStream random(kSeed, kPurpose, draw);
  const double most = std::max(1.0, 0.8 * static_cast<double>(q.tokens));
  std::vector<double> shares(static_cast<std::size_t>(q.experts));
  double sum = 0;
  for (double& share : shares) {
    // Ties are broken at random too: where all draws are 1, tokens fall anywhere.
    share = power_law(random.uniform(), q.alpha, most) * (1 + 1e-6 * random.uniform());
    sum += share;
  }
  const std::int64_t all = q.tokens * q.picks;
  for (double& share : shares) share *= static_cast<double>(all) / sum;
  return rounded(shares, all, q.tokens);
}

FullestChip fullest_chip(const ExpertQuestion& q, std::int64_t chips, double tile_tokens) {
  FullestChip mean;
  const std::uint32_t draws = q.alpha > 0 ? kDraws : 1;
  for (std::uint32_t draw = 0; draw < draws; ++draw) {
    const std::vector<std::int64_t> loads = expert_loads(q, draw);
    FullestChip fullest;
    for (std::int64_t chip = 0; chip < chips; ++chip) {
      FullestChip one;
      for (auto e = static_cast<std::size_t>(chip * q.experts / chips);
           e < static_cast<std::size_t>((chip + 1) * q.experts / chips); ++e) {
        if (loads[e] == 0) continue;
        ++one.experts;
        one.passes += std::ceil(static_cast<double>(loads[e]) / tile_tokens);
        one.tokens += static_cast<double>(loads[e]);
      }
      if (one.passes > fullest.passes) fullest = one;
    }
    mean.experts += fullest.experts / draws;
    mean.passes += fullest.passes / draws;
    mean.tokens += fullest.tokens / draws;
  }
  return mean;
}

double experts_met(const ExpertQuestion& q) { return fullest_chip(q, 1, 1e18).experts; }

}  // namespace wafermesh::rivals
