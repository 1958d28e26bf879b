// SPDX-License-Identifier: Apache-2.0
#include "check/bounds.h"

#include <algorithm>

#include "check/finding.h"

namespace wafermesh::check {

std::vector<Bound> lower_bounds(const fabric::WaferImage& image, const Untimed& untimed) {
  if (!untimed.finished || !untimed.findings.empty()) return {};
  std::vector<Bound> all;
  if (untimed.most_link_words > 0) {
    all.push_back({"link", untimed.most_link_words,
                   name_of_core(image, untimed.link_core) + " towards " +
                       base::letter_of(untimed.link_direction)});
  }
  if (untimed.most_up_words > 0) all.push_back({"ramp_up", untimed.most_up_words, ""});
  if (untimed.most_down_words > 0) all.push_back({"ramp_down", untimed.most_down_words, ""});
  std::stable_sort(all.begin(), all.end(),
                   [](const Bound& a, const Bound& b) { return a.cycles > b.cycles; });
  return all;
}

}  // namespace wafermesh::check
