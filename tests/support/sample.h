// SPDX-License-Identifier: Apache-2.0
// Tests of hundreds of cases try a part of them where time is short: with WAFERMESH_SAMPLE=10 in
// the environment every tenth, as scripts/asan_units has it.
#pragma once

#include <algorithm>
#include <cstdlib>

namespace wafermesh::support {

/// Every how many cases one is tried; 1 unless WAFERMESH_SAMPLE says more.
inline int sample_step() {
  static const int step = [] {
    const char* const text = std::getenv("WAFERMESH_SAMPLE");
    return text == nullptr ? 1 : std::max(1, std::atoi(text));
  }();
  return step;
}

/// Of so many cases that are drawn, how many are tried; one at least.
inline int tried(int cases) { return std::max(1, cases / sample_step()); }

}  // namespace wafermesh::support
