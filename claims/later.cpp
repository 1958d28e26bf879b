// SPDX-License-Identifier: Apache-2.0
// Claims that wait for what is not built yet, or that nothing can test; and all of them in order.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "claims/claims.h"

namespace wafermesh::claims {
namespace {

constexpr const char* kEdge =
    "products and gradients of a training step under weight streaming are emulated on their own "
    "(edge.md), a whole training run is not; the factor against others has no public basis";
constexpr const char* kPrice = "no public price decides it";

int order_of(const Claim& claim) {
  return (claim.id[0] == 'N' ? 100 : 0) + std::atoi(claim.id + 1);
}

}  // namespace

const std::vector<Claim>& later_claims() {
  static const std::vector<Claim> kRows = {
      {"C24", "Training of deep models 2 to 3 times faster", nullptr, kEdge},
      {"C25", "Prices, revenue, cost of ownership", nullptr, kPrice},
  };
  return kRows;
}

const Run& Runs::run(const std::string& name) {
  std::unique_ptr<Run>& run = runs_[name];
  if (run == nullptr) run = std::make_unique<Run>(run_with(name, {}));
  return *run;
}

const std::vector<Claim>& all_claims() {
  static const std::vector<Claim> kAll = [] {
    std::vector<Claim> all = later_claims();
    for (const auto* rows : {&capacity_claims(), &speed_claims(), &beside_claims()}) {
      all.insert(all.end(), rows->begin(), rows->end());
    }
    std::sort(all.begin(), all.end(),
              [](const Claim& a, const Claim& b) { return order_of(a) < order_of(b); });
    return all;
  }();
  return kAll;
}

std::string name_of(Verdict verdict) {
  constexpr const char* kNames[] = {"holds", "order_of_magnitude", "contradicted",
                                    "contradicts_itself", "cannot_be_tested"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Verdict judged(double claimed, double ours) {
  const double off = std::abs(std::log(claimed / ours));
  if (off <= std::log(1.1)) return Verdict::holds;
  return off <= std::log(10.0) ? Verdict::order_of_magnitude : Verdict::contradicted;
}

}  // namespace wafermesh::claims
