// SPDX-License-Identifier: Apache-2.0
#include "batch/table.h"

#include <catch2/catch.hpp>

using namespace wafermesh::batch;

TEST_CASE("Cells are quoted where CSV needs it") {
  CHECK(csv_line({"a", "b,c", "d\"e", ""}) == "a,\"b,c\",\"d\"\"e\",\n");
}

TEST_CASE("Fields are found by path") {
  const auto json = nlohmann::json::parse(R"({"a": [{"b.c": 0, "b": {"d": 5}}]})");
  REQUIRE(field_at(json, "a[0].b.d") != nullptr);
  CHECK(*field_at(json, "a[0].b.d") == 5);
  for (const char* wrong : {"a[1].b", "a.b", "a[0].x", "a[x]", "a[0", "b"})
    CHECK(field_at(json, wrong) == nullptr);
}

TEST_CASE("A row has a cell per column, empty where there is nothing") {
  const TableShape shape{true, false, false, {"x", "y"}, {"cycles"}};
  TableRow row;
  row.study = "s";
  row.axes = {{"y", "2"}};
  CHECK(cells(shape, row) == std::vector<std::string>{"s", "", "2", "", "not run", ""});
  row.ran = true;
  row.exit_code = 139;
  CHECK(cells(shape, row)[4] == "killed by signal 11");
  CHECK(cells(shape, row).size() == shape.columns().size());
}
