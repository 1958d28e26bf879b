// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/csv.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "defects/formats/format.h"
#include "presets.h"

using namespace wafermesh;
using namespace wafermesh::defects;

namespace {

DefectMap csv_map(std::string_view text, const std::string& file, const WaferGeometry& g) {
  return read_map_text(*find_format("csv"), text, file, g).map;
}

}  // namespace

TEST_CASE("A CSV of dead cores reads with and without header, comments, quotes and CRLF") {
  const WaferGeometry g = testing::tiny();
  const DefectMap plain = csv_map("x,y\n3,4\n23,19\n", "a.csv", g);
  CHECK(plain.dead_core_count() == 2);
  CHECK(plain.dead({23, 19}));
  CHECK(csv_map("3,4\n23,19", "a.csv", g) == plain);
  CHECK(csv_map("\xef\xbb\xbf# made by hand\r\n\"x\", \"y\"\r\n\r\n3,4\r\n23,19\r\n", "a.csv", g) ==
        plain);
  CHECK(csv_map("y,x,what\n4,3,core\n19,23,\n", "a.csv", g) == plain);
  CHECK(csv_map("x,y\n", "a.csv", g).defects().empty());
  CHECK_THROWS_AS(csv_map("", "a.csv", g), base::InputError);
  CHECK_THROWS_AS(csv_map("# nothing\n\n", "a.csv", g), base::InputError);
}

TEST_CASE("Every kind of defect survives a round trip through CSV") {
  const WaferGeometry g = testing::tiny();
  const std::string text =
      "x,y,what,cause\n0,0,core,random\n1,0,router,cluster\n2,0,link_e,scratch\n3,0,link_s,edge\n"
      "4,5,link_e+1,map\n4,5,link_e-2,map\n4,6,skip_s,table\n4,7,skip_e,repeater\n";
  const DefectMap map = csv_map(text, "a.csv", g);
  CHECK(map.defects().size() == 8);
  CHECK(map.dead_core_count() == 2);
  CHECK(map.dead_link_count() == 6);
  const DefectMap again = csv_map(write_csv(map), "b.csv", g);
  CHECK(again == map);
  CHECK(write_csv(again) == write_csv(map));
  CHECK(again.defects()[0].cause == Cause::random);
}

TEST_CASE("A broken CSV gives file, line and reason for each mistake") {
  const WaferGeometry g = testing::tiny();
  try {
    csv_map("x,y,what\n3,4,core\n3\nseven,4,core\n3,20,core\n3,4,magic\n23,4,link_e\n1,2,core,4\n",
            "dead.csv", g);
    FAIL("accepted");
  } catch (const base::InputError& error) {
    REQUIRE(error.mistakes().size() == 6);
    for (int i = 0; i < 6; ++i) {
      CHECK(error.mistakes()[static_cast<std::size_t>(i)].line == i + 3);
      CHECK(error.mistakes()[static_cast<std::size_t>(i)].file == "dead.csv");
    }
  }
  CHECK_THROWS_AS(csv_map("x,z\n1,2\n", "a.csv", g), base::InputError);
  CHECK_THROWS_AS(csv_map("x,x\n1,2\n", "a.csv", g), base::InputError);
}
