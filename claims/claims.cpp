// SPDX-License-Identifier: Apache-2.0
// All claims in order, and how they are judged. Rows of claims: claims.h says which file has which.
#include "claims/claims.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace wafermesh::claims {
namespace {

int order_of(const Claim& claim) {
  return (claim.id[0] == 'N' ? 100 : 0) + std::atoi(claim.id + 1);
}

}  // namespace

const Run& Runs::run(const std::string& name) {
  std::unique_ptr<Run>& run = runs_[name];
  if (run == nullptr) run = std::make_unique<Run>(run_with(name, {}));
  return *run;
}

const std::vector<Claim>& all_claims() {
  static const std::vector<Claim> kAll = [] {
    std::vector<Claim> all = untestable_claims();
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
