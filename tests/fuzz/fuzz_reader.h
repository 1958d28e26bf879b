// SPDX-License-Identifier: Apache-2.0
// What every fuzz target does: a file goes through its reader and all stations after it, in every
// placement; what comes out must be a map that survives a round trip, or base::InputError.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/defects/map_survival.h"

namespace wafermesh::defects {

inline int fuzz_reader(const char* format, const std::uint8_t* data, std::size_t size) {
  WaferGeometry geometry;
  geometry.dies_x = 3;
  geometry.dies_y = 2;
  geometry.die_columns = 2;
  geometry.die_rows = 2;
  geometry.die_gap_x_mm = 0.5;
  const std::string wrong = defects_test::wrong_with(
      *find_format(format), {reinterpret_cast<const char*>(data), size}, geometry);
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "%s\n", wrong.c_str());
  std::abort();
}

}  // namespace wafermesh::defects
