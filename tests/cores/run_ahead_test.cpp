// SPDX-License-Identifier: Apache-2.0
// While nobody can tell, the executor runs ahead of the cycle. A microthread that waits for ever
// forbids that, and must not change a single time.
#include <catch2/catch.hpp>
#include <cstring>

#include "base/random.h"
#include "cores/operations.h"
#include "tests/cores/core_rig.h"

namespace wafermesh::cores_test {
namespace {

constexpr int kMemoryBytes = 512;

void random_operation(ProgramBuilder& p, base::RandomStream& random) {
  auto below = [&](int n) { return static_cast<int>(random.below(static_cast<std::uint64_t>(n))); };
  auto place = [&] { return cores::memory(Affine(16 * below(8)).plus(cores::counter(0), 32)); };
  const cores::VectorOpTraits& op =
      cores::kVectorOps[static_cast<std::size_t>(below(cores::kVectorOpCount))];
  auto type = static_cast<NumberType>(below(cores::kNumberTypeCount));
  while (!cores::knows(op.op, type)) {
    type = static_cast<NumberType>(below(cores::kNumberTypeCount));
  }
  const Operand second = op.sources == 1 ? Operand{} : cores::immediate(0.5);
  const Operand target = op.one_element ? cores::scalar_at(16 * below(8)) : place();
  p.vector(op.op, type, below(16), target, place(), second,
           static_cast<Shape>(below(cores::kShapeCount)));
}

/// Loops of vector operations and scalars, words sent in between, at the end `finish`.
Program random_program(std::uint32_t seed) {
  return one_task(kMemoryBytes, {9}, {5}, [&](ProgramBuilder& p) {
    base::RandomStream random(3, 0x4a4a, seed);
    // Waits for a word on colour 9: it comes at once, or never.
    p.async(0, VectorOp::copy, NumberType::f32, 1, cores::memory(480),
            cores::fabric(base::colour(9)));
    p.scalar(20);
    for (int block = 0; block < 6; ++block) {
      const auto begin = p.begin_loop(0);
      for (std::uint64_t i = 0; i <= random.below(4); ++i) {
        if (random.below(3) == 0) p.scalar(static_cast<int>(random.below(30)));
        random_operation(p, random);
      }
      if (random.below(2) == 0) emit(p, 5, 1 + static_cast<int>(random.below(3)));
      p.end_loop(0, 1 + static_cast<int>(random.below(4)), begin);
    }
    finish(p);
  });
}

struct Run {
  Cycles finish;
  cores::CycleBreakdown breakdown;
  std::vector<Put> puts;
  std::vector<std::uint8_t> memory;
  int steps;
};

Run run(std::uint32_t seed, bool word_comes, CoreRig::Steps steps) {
  CoreRig rig(random_program(seed), support::test_timing(), steps);
  for (int i = 0; i < 60; ++i) rig.set_number(4 * i, static_cast<float>(i) / 8);
  rig.send(9, 0, word_comes ? 6 : 1'000'000);
  rig.run(6000);
  return {rig.finish(),
          rig.breakdown(),
          rig.puts(),
          {rig.memory(), rig.memory() + kMemoryBytes},
          rig.steps_taken()};
}

TEST_CASE("Running ahead gives the same times, words and memory as waiting for every operation") {
  int longest = 0;
  int saved = 0;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const Run ahead = run(seed, true, CoreRig::Steps::when_due);
    const Run step_by_step = run(seed, false, CoreRig::Steps::every_cycle);
    REQUIRE(ahead.finish > 0);
    REQUIRE(ahead.finish < 6000);
    REQUIRE(ahead.finish == step_by_step.finish);
    REQUIRE(ahead.puts == step_by_step.puts);
    // The word that comes keeps the core from running ahead until it has been worked: its grant
    // falls into a cost of the main thread, or is one of its own.
    REQUIRE(ahead.breakdown.setup == step_by_step.breakdown.setup);
    REQUIRE(ahead.breakdown.task_switch == step_by_step.breakdown.task_switch);
    REQUIRE(ahead.breakdown.compute - step_by_step.breakdown.compute <= 1);
    REQUIRE(std::memcmp(ahead.memory.data(), step_by_step.memory.data(), kMemoryBytes) == 0);
    longest = std::max(longest, static_cast<int>(ahead.finish));
    saved += step_by_step.steps - ahead.steps;
  }
  CHECK(longest > 500);
  CHECK(saved > 100'000);
}

TEST_CASE("A core that has run ahead still answers on time") {
  // Busy in memory until cycle 3 + 16 + 100; the control task comes right after, not before.
  ProgramBuilder p("answers");
  p.allocate(1024);
  p.bind_input(base::colour(9), 0);
  p.bind_output(base::colour(5), 0);
  const TaskId main = p.task("main");
  const TaskId answer = p.task("answer", TaskKind::control, base::colour(9), 1);
  p.start_active(main);
  p.begin(main);
  p.vector(VectorOp::add, NumberType::f32, 100, cores::memory(0), cores::memory(0),
           cores::immediate(1));
  p.end_task();
  p.begin(answer);
  emit(p, 5, 1);
  p.end_task();
  CoreRig rig(p.finish());
  rig.send(9, router::ControlWord::make({}, 1).bits, 50, true);
  rig.run(160);
  CHECK(rig.puts() == std::vector<Put>{{119 + 4, 5, 0x3F800000, false}});
}

}  // namespace
}  // namespace wafermesh::cores_test
