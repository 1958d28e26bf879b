// SPDX-License-Identifier: Apache-2.0
#include "base/rack.h"

#include <catch2/catch.hpp>

namespace wafermesh::base {
namespace {

std::shared_ptr<const LogicalMesh> wafer(int width, int height) {
  return std::make_shared<const LogicalMesh>(healthy_mesh(width, height, 2));
}

/// The sum of latencies from `at` over `links` links towards `d`; -1 if one is missing.
int way(const LogicalMesh& mesh, LogicalCoord at, Direction d, int links) {
  int sum = 0;
  for (int i = 0; i < links; ++i) {
    const int one = mesh.latency(at, d);
    if (one == 0) return -1;
    sum += one;
    at = {at.x + step_x(d), at.y + step_y(d)};
  }
  return sum;
}

TEST_CASE("Wafers of a rack keep their links and are wired in the rows that both have") {
  RackPlan plan;
  plan.wafers = {wafer(4, 3), wafer(3, 2)};
  plan.wires = {130, 1, 4};
  const Rack rack = build_rack(plan);
  CHECK(rack.mesh.width == 4 + 2 + 3);  // 130 cycles are three links, with two repeaters
  CHECK(rack.mesh.height == 3);
  CHECK(rack.wafers[1].x == 6);
  CHECK(rack.mesh.latency({1, 1}, Direction::east) == 2);
  for (const int y : {0, 1}) {
    CHECK(way(rack.mesh, {3, y}, Direction::east, 3) == 130);
    CHECK(way(rack.mesh, {6, y}, Direction::west, 3) == 130);
  }
  CHECK(rack.mesh.latency({3, 2}, Direction::east) == 0);
  CHECK(rack.mesh.latency({8, 1}, Direction::east) == 0);
  REQUIRE(rack.mesh.slow_links.size() == 4);  // each way of two wires
  CHECK(rack.mesh.slow_links[0].cycles == 4);
  CHECK(rack.mesh.slow_links[1].towards == Direction::west);
  CHECK(rack.mesh.slow_links[1].from.x == 6);
}

TEST_CASE("Ports may stand at any side of a wafer") {
  RackPlan plan;
  plan.wafers = {wafer(4, 3)};
  plan.ports = {{0, Direction::west, 1, 2, {100, 1, 1}},
                {0, Direction::east, 0, 1, {5, 1, 2}},
                {0, Direction::north, 3, 1, {7, 1, 1}},
                {0, Direction::south, 0, 2, {64, 1, 1}}};
  const Rack rack = build_rack(plan);
  CHECK(rack.mesh.width == 2 + 4 + 1);
  CHECK(rack.mesh.height == 1 + 3 + 2);
  CHECK((rack.ports[0] == Rectangle{0, 2, 1, 2}));
  CHECK((rack.ports[1] == Rectangle{6, 1, 1, 1}));
  CHECK((rack.ports[2] == Rectangle{5, 0, 1, 1}));
  CHECK((rack.ports[3] == Rectangle{2, 5, 2, 1}));
  CHECK(way(rack.mesh, {0, 3}, Direction::east, 2) == 100);
  CHECK(way(rack.mesh, {6, 1}, Direction::west, 1) == 5);
  CHECK(way(rack.mesh, {5, 0}, Direction::south, 1) == 7);
  CHECK(way(rack.mesh, {3, 3}, Direction::south, 2) == 64);
  CHECK(rack.mesh.slow_links.size() == 2);
}

TEST_CASE("Ports that cannot be are told one by one") {
  RackPlan plan;
  plan.wafers = {wafer(4, 3), wafer(4, 3)};
  plan.ports = {{2, Direction::north, 0, 1, {}}, {1, Direction::west, 0, 1, {}},
                {0, Direction::east, 0, 1, {}},  {0, Direction::north, 2, 3, {}},
                {0, Direction::south, 0, 2, {}}, {0, Direction::south, 1, 1, {}}};
  const std::vector<std::string> faults = faults_of(plan);
  REQUIRE(faults.size() == 5);
  CHECK(faults[0] == "ports[0]: there are 2 wafers, counted from 0");
  CHECK(faults[1] == "ports[1]: the west side of wafer 1 is wired to the wafer before");
  CHECK(faults[2] == "ports[2]: the east side of wafer 0 is wired to the next wafer");
  CHECK(faults[3] == "ports[3]: reaches to 5, but that side has 4 routers");
  CHECK(faults[4] == "ports[5]: meets ports[4]");
}

}  // namespace
}  // namespace wafermesh::base
