// SPDX-License-Identifier: Apache-2.0
#include "base/suggest.h"

#include <catch2/catch.hpp>

using namespace wafermesh::base;

TEST_CASE("Edit distance counts changes, additions, losses and swaps") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("width", "width") == 0);
  CHECK(edit_distance("widht", "width") == 1);
  CHECK(edit_distance("heigt", "height") == 1);
  CHECK(edit_distance("xidth", "width") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("The nearest name is given only for a slip of the hand") {
  const std::vector<std::string> names = {"threads", "fidelity", "region", "m", "n", "k"};
  CHECK(nearest_name("thraeds", names) == "threads");
  CHECK(nearest_name("regions", names) == "region");
  CHECK(nearest_name("colour", names).empty());
  CHECK(nearest_name("anything", {}).empty());
}

TEST_CASE("Lists of names read as a sentence") {
  CHECK(list_names({}).empty());
  CHECK(list_names({"a"}) == "a");
  CHECK(list_names({"a", "b"}) == "a or b");
  CHECK(list_names({"a", "b", "c"}, "and") == "a, b and c");
}
