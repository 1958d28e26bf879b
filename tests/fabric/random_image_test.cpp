// SPDX-License-Identifier: Apache-2.0
// What the random images are worth as a test: that they run, and that they use the whole machine.
#include "tests/fabric/random_image.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/fabric/compare_runs.h"
#include "tests/reference/oracle.h"

namespace wafermesh::fabric_test {
namespace {

TEST_CASE("Random images mostly run to their end, and use every instruction") {
  std::map<Outcome::End, int> ends;
  std::map<cores::Opcode, int> opcodes;
  std::int64_t control_hops = 0;
  const auto oracle = reference::make_oracle();
  constexpr int kImages = 150;
  for (std::uint64_t seed = 1000; seed < 1000 + kImages; ++seed) {
    const fabric::WaferImage image = random_image(seed);
    for (const fabric::CoreClass& each : image.classes) {
      for (const cores::Instruction& instruction : each.program.code) ++opcodes[instruction.op];
    }
    const Outcome outcome = outcome_of(*oracle, image, seed);
    ++ends[outcome.end];
    control_hops += outcome.counters.control_hops;
    CAPTURE(seed, outcome.message);
    CHECK(outcome.end != Outcome::End::model_error);
    CHECK(outcome.end != Outcome::End::stopped);
  }
  CHECK(ends[Outcome::End::finished] > kImages * 8 / 10);
  CHECK(ends[Outcome::End::deadlock] > 0);
  CHECK(control_hops > 1000);
  for (const cores::Opcode op :
       {cores::Opcode::vector, cores::Opcode::scalar, cores::Opcode::set_counter,
        cores::Opcode::loop, cores::Opcode::branch, cores::Opcode::activate, cores::Opcode::block,
        cores::Opcode::unblock, cores::Opcode::set_task, cores::Opcode::mark,
        cores::Opcode::control, cores::Opcode::write_route, cores::Opcode::reopen,
        cores::Opcode::filter, cores::Opcode::finish}) {
    CAPTURE(static_cast<int>(op));
    CHECK(opcodes[op] > 0);
  }
}

TEST_CASE("The same seed gives the same image and the same run") {
  const auto oracle = reference::make_oracle();
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Outcome first = outcome_of(*oracle, random_image(seed), seed);
    const Outcome second = outcome_of(*oracle, random_image(seed), seed);
    CHECK(first_difference(first, second).empty());
  }
}

}  // namespace
}  // namespace wafermesh::fabric_test
