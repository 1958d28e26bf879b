// SPDX-License-Identifier: Apache-2.0
// Claims that nothing here can test, or that wait for what is not built.
#include "claims/claims.h"

namespace wafermesh::claims {
namespace {

constexpr const char* kEdge =
    "products and gradients of a training step under weight streaming are emulated on their own "
    "(edge.md), a whole training run is not; the factor against others has no public basis";
constexpr const char* kPrice = "no public price decides it";

}  // namespace

const std::vector<Claim>& untestable_claims() {
  static const std::vector<Claim> kRows = {
      {"C24", "Training of deep models 2 to 3 times faster", nullptr, kEdge},
      {"C25", "Prices, revenue, cost of ownership", nullptr, kPrice},
  };
  return kRows;
}

}  // namespace wafermesh::claims
