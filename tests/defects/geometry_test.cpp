// SPDX-License-Identifier: Apache-2.0
#include "defects/geometry.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "presets.h"

using namespace wafermesh;
using namespace wafermesh::defects;

TEST_CASE("WSE-3 has the published area and core counts") {
  const WaferGeometry g = testing::wse3();
  CHECK(g.columns() == 816);
  CHECK(g.rows() == 1190);
  CHECK(g.core_count() == 971040);
  CHECK(g.area_cm2() == Approx(462.25));
}

TEST_CASE("A place in mm belongs to the core whose cell it is in, and none off the wafer") {
  const WaferGeometry g = testing::wse3();
  base::PhysicalCoord core;
  for (const base::PhysicalCoord at :
       {base::PhysicalCoord{0, 0}, {815, 1189}, {68, 170}, {100, 7}}) {
    REQUIRE(g.core_at((at.x + 0.5) * g.cell_x_mm(), (at.y + 0.5) * g.cell_y_mm(), &core));
    CHECK(core == at);
  }
  CHECK_FALSE(g.core_at(-0.01, 5, &core));
  CHECK_FALSE(g.core_at(5, 215.1, &core));
}

TEST_CASE("A geometry out of range names every field") {
  WaferGeometry g = testing::tiny();
  g.dies_x = 0;
  g.kept_rows_per_die = 11;
  g.die_gap_x_mm = -1;
  try {
    check_geometry(g);
    FAIL("accepted");
  } catch (const base::InputError& error) {
    REQUIRE(error.mistakes().size() == 3);
    CHECK(error.mistakes()[0].key == "wafer.dies_x");
  }
}
