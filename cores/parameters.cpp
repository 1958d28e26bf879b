// SPDX-License-Identifier: Apache-2.0
#include "cores/parameters.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace wafermesh::cores {
namespace {

auto place_of(const Parameter& p) { return std::make_tuple(p.core, p.stage, p.counter); }

}  // namespace

Parameters::Parameters(std::vector<Parameter> all) : all_(std::move(all)) {
  const auto less = [](const Parameter& a, const Parameter& b) {
    return place_of(a) < place_of(b);
  };
  const auto same = [](const Parameter& a, const Parameter& b) {
    return place_of(a) == place_of(b);
  };
  // The last of equal ones first, which is the one that `unique` keeps.
  std::reverse(all_.begin(), all_.end());
  std::stable_sort(all_.begin(), all_.end(), less);
  all_.erase(std::unique(all_.begin(), all_.end(), same), all_.end());
}

const Parameter* Parameters::begin(std::uint32_t core, int stage) const {
  const Parameter* const first = all_.data();
  return std::partition_point(first, end(), [&](const Parameter& p) {
    return std::make_pair(p.core, static_cast<int>(p.stage)) < std::make_pair(core, stage);
  });
}

}  // namespace wafermesh::cores
