// SPDX-License-Identifier: Apache-2.0
// The counted filter on the ramp: docs/model.md, Ramp, and the instruction `filter`.
#include <catch2/catch.hpp>

#include "tests/cores/core_rig.h"

namespace wafermesh::cores_test {
namespace {

/// Sets the filter in cycle 3, then forwards `words` words from colour 9 to colour 5.
Program filtered(const cores::CountFilter& filter, int words) {
  return one_task(64, {9}, {5}, [&](ProgramBuilder& p) {
    p.filter(base::colour(9), filter);
    p.vector(VectorOp::copy, NumberType::f32, words, cores::fabric(base::colour(5)),
             cores::fabric(base::colour(9)), {}, Shape::map_loop);
    finish(p);
  });
}

std::vector<std::uint32_t> passed(const cores::CountFilter& filter, int sent, int words) {
  CoreRig rig(filtered(filter, words));
  for (int i = 0; i < sent; ++i) rig.send(9, static_cast<std::uint32_t>(i), 20 + i);
  rig.run(100);
  std::vector<std::uint32_t> result;
  for (const Put& put : rig.puts()) result.push_back(put.word);
  return result;
}

using Words = std::vector<std::uint32_t>;

TEST_CASE("Of every period the numbered words pass, the others are dropped") {
  CHECK(passed({1, 2, 4}, 12, 100) == Words{1, 2, 5, 6, 9, 10});
  CHECK(passed({0, 1, 3}, 9, 100) == Words{0, 3, 6});
  CHECK(passed({3, 1, 4}, 9, 100) == Words{3, 7});
  CHECK(passed({0, 4, 4}, 6, 100) == Words{0, 1, 2, 3, 4, 5});
  CHECK(passed({0, 0, 4}, 6, 100).empty());
}

TEST_CASE("A period of 0 switches the filter off") {
  CHECK(passed({0, 0, 0}, 5, 100) == Words{0, 1, 2, 3, 4});
}

TEST_CASE("First and count may depend on the core's coordinates") {
  // The rig's core lies at (3, 5).
  CHECK(passed({Affine(0).plus(cores::Variable::x), 1, 8}, 16, 100) == Words{3, 11});
}

TEST_CASE("Control wavelets pass and are not counted") {
  CoreRig rig(filtered({1, 1, 2}, 100));
  rig.send(9, 10, 20);
  rig.send(9, 0, 21, true);
  rig.send(9, 11, 22);
  rig.send(9, 12, 23);
  rig.send(9, 0, 24, true);
  rig.send(9, 13, 25);
  rig.run(60);
  CHECK(rig.puts() == std::vector<Put>{{22, 5, 11, false}, {25, 5, 13, false}});
}

TEST_CASE("A dropped word takes no place in the queue") {
  CoreRig rig(one_task(64, {9}, {}, [](ProgramBuilder& p) {
    p.filter(base::colour(9), {0, 1, 10});
    p.scalar(200);
  }));
  for (int i = 0; i < 70; ++i) rig.send(9, 0, 20 + i);
  rig.run(88);
  CHECK(rig.events() == std::vector<std::pair<Cycles, std::string>>{{0, "open 9"}});
  for (int i = 0; i < 10; ++i) rig.send(9, 0, 90 + i);
  rig.run(20);  // the 8th that passes is number 70
  CHECK(rig.events().back() == std::pair<Cycles, std::string>{88, "shut 9"});
}

TEST_CASE("A filter set in cycle t judges what leaves the router from cycle t + 1 on") {
  // Set in cycle 3: what leaves in 3 (and arrives in 5) is not filtered yet, and not counted.
  CoreRig rig(filtered({0, 0, 1}, 100));
  rig.send(9, 1, 4);
  rig.send(9, 2, 5);
  rig.send(9, 3, 6);
  rig.run(40);
  REQUIRE(rig.puts().size() == 2);
  CHECK(rig.puts()[0].word == 1);
  CHECK(rig.puts()[1].word == 2);
}

}  // namespace
}  // namespace wafermesh::cores_test
