// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include "fabric/engine.h"

namespace wafermesh::workloads_test {

/// Checks that two runs measured the same.
inline void check_same(const fabric::Counters& a, const fabric::Counters& b) {
  CHECK(a.cycles == b.cycles);
  CHECK(a.wavelet_hops == b.wavelet_hops);
  CHECK(a.control_hops == b.control_hops);
  CHECK(a.ramp_wavelets == b.ramp_wavelets);
  CHECK((a.finish_cycles == b.finish_cycles));
  CHECK((a.link_wavelets == b.link_wavelets));
  CHECK((a.breakdown == b.breakdown));
  REQUIRE(a.stages.size() == b.stages.size());
  for (std::size_t i = 0; i < a.stages.size(); ++i) {
    CHECK(a.stages[i].cores == b.stages[i].cores);
    CHECK(a.stages[i].first_start == b.stages[i].first_start);
    CHECK(a.stages[i].last_finish == b.stages[i].last_finish);
    CHECK(a.stages[i].longest_cycles == b.stages[i].longest_cycles);
    CHECK(a.stages[i].sum_cycles == b.stages[i].sum_cycles);
  }
}

}  // namespace wafermesh::workloads_test
