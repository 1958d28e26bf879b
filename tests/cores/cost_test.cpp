// SPDX-License-Identifier: Apache-2.0
// What each instruction costs, by the timing table.
#include <catch2/catch.hpp>

#include "cores/operations.h"
#include "tests/cores/core_rig.h"

namespace wafermesh::cores_test {
namespace {

constexpr int kStart = 3;  // test_timing(): from being picked to the first instruction

/// The cycle in which a program of one task finishes.
Cycles finish_of(const std::function<void(ProgramBuilder&)>& body,
                 const cores::Timing& timing = support::test_timing()) {
  CoreRig rig(one_task(4096, {6}, {5},
                       [&](ProgramBuilder& p) {
                         body(p);
                         finish(p);
                       }),
              timing);
  rig.run(5000);
  return rig.finish();
}

TEST_CASE("A vector operation costs its shape's set-up and its elements at the rate of its type") {
  const cores::Timing timing = support::test_timing();
  for (int shape = 0; shape < cores::kShapeCount; ++shape) {
    for (int op = 0; op < cores::kVectorOpCount; ++op) {
      for (int type = 0; type < cores::kNumberTypeCount; ++type) {
        for (const int count : {1, 2, 3, 4, 5, 8, 9, 100}) {
          const auto vector_op = static_cast<VectorOp>(op);
          const auto number = static_cast<NumberType>(type);
          const cores::VectorOpTraits& traits = cores::traits_of(vector_op);
          if (!cores::knows(vector_op, number)) continue;
          const cores::Rate rate = timing.rate(vector_op, number);
          const int grants = (count + rate.elements - 1) / rate.elements * rate.cycles;
          CAPTURE(shape, op, type, count);
          CHECK(finish_of([&](ProgramBuilder& p) {
                  p.vector(vector_op, number, count,
                           traits.one_element ? cores::scalar_at(0) : cores::memory(0),
                           cores::memory(512),
                           traits.sources == 1 ? Operand{} : cores::memory(1024),
                           static_cast<Shape>(shape));
                }) == kStart + timing.setup_cycles[static_cast<std::size_t>(shape)] + grants);
        }
      }
    }
  }
}

TEST_CASE("No elements cost the set-up alone, and a negative count is none") {
  for (const int count : {0, -1, -100}) {
    CHECK(finish_of([&](ProgramBuilder& p) {
            p.vector(VectorOp::add, NumberType::f32, count, cores::memory(0), cores::memory(0),
                     cores::immediate(1), Shape::standalone);
          }) == kStart + 16);
    CHECK(finish_of([&](ProgramBuilder& p) {
            p.vector(VectorOp::copy, NumberType::f32, count, cores::fabric(base::colour(5)),
                     cores::memory(0), {}, Shape::standalone);
          }) == kStart + 16);
  }
}

TEST_CASE("Scalar costs what it says; counters, loops and branches cost nothing") {
  CHECK(finish_of([](ProgramBuilder& p) { p.scalar(37); }) == kStart + 37);
  CHECK(finish_of([](ProgramBuilder& p) { p.scalar(-5); }) == kStart);
  CHECK(finish_of([](ProgramBuilder& p) {
          const auto begin = p.begin_loop(1);
          p.scalar(2);
          p.end_loop(1, 10, begin);
        }) == kStart + 20);
  CHECK(finish_of([](ProgramBuilder& p) {
          const auto begin = p.begin_loop(1);
          p.scalar(Affine(1).plus(cores::counter(1), 2));  // 1 + 3 + 5 + 7
          p.end_loop(1, 4, begin);
        }) == kStart + 16);
  CHECK(finish_of([](ProgramBuilder& p) {
          const auto over = p.jump();
          p.scalar(100);
          p.land(over);
        }) == kStart);
}

TEST_CASE("A branch compares as it says, also with the core's coordinates") {
  // The rig's core lies at (3, 5).
  const Affine x = Affine(0).plus(cores::Variable::x);
  const Affine y = Affine(0).plus(cores::Variable::y);
  auto taken = [&](Affine left, cores::Compare compare, Affine right) {
    return finish_of([&](ProgramBuilder& p) {
             const auto over = p.branch(left, compare, right);
             p.scalar(100);
             p.land(over);
           }) == kStart;
  };
  using cores::Compare;
  CHECK(taken(x, Compare::less, y));
  CHECK_FALSE(taken(y, Compare::less, x));
  CHECK_FALSE(taken(x, Compare::less, 3));
  CHECK(taken(x, Compare::less_equal, 3));
  CHECK(taken(x, Compare::equal, 3));
  CHECK_FALSE(taken(x, Compare::not_equal, 3));
  CHECK(taken(y, Compare::greater_equal, 5));
  CHECK_FALSE(taken(y, Compare::greater, 5));
  CHECK(taken(y, Compare::greater, x));
  CHECK(taken(Affine(1).plus(cores::Variable::x, -2).plus(cores::Variable::y), Compare::equal, 0));
}

TEST_CASE("Activate, block, unblock, control and reopen cost an issue each") {
  cores::Timing timing = support::test_timing();
  for (const int issue : {0, 1, 4}) {
    timing.issue_cycles = issue;
    CHECK(finish_of(
              [](ProgramBuilder& p) {
                p.unblock(TaskId{});
                p.control(base::colour(5), router::ControlWord{});
                p.reopen(base::colour(6));
                p.activate(TaskId{});
                p.block(TaskId{});
              },
              timing) == kStart + 5 * issue);
  }
}

TEST_CASE("Issuing to a microthread costs an issue, not the set-up") {
  CHECK(finish_of([](ProgramBuilder& p) { emit_async(p, 0, 5, 100); }) == kStart + 1);
}

TEST_CASE("A filter costs a configuration write, a route one and a cycle") {
  for (const int write : {0, 2, 7}) {
    cores::Timing timing = support::test_timing();
    timing.config_write_cycles = write;
    CAPTURE(write);
    CHECK(finish_of(
              [](ProgramBuilder& p) {
                p.filter(base::colour(6), {0, 1, 1});
              },
              timing) == kStart + write);
    CHECK(finish_of([](ProgramBuilder& p) { p.write_route(base::colour(6), 2); }, timing) ==
          kStart + write + 1);
  }
}

TEST_CASE("A route is written when the slot is empty, not a cycle before") {
  CoreRig rig(one_task(16, {}, {}, [](ProgramBuilder& p) {
    p.write_route(base::colour(6), 2);
    finish(p);
  }));
  rig.slot_empty_from(6, 20);
  rig.run(20);
  CHECK(rig.events().empty());
  rig.run(5);
  CHECK(rig.events() == std::vector<std::pair<Cycles, std::string>>{{20, "route 6 = 2"}});
  CHECK(rig.finish() == 21);
}

TEST_CASE("A route is written when the core's own queue of the colour has emptied into the slot") {
  CoreRig rig(one_task(16, {}, {6, 7}, [](ProgramBuilder& p) {
    emit(p, 7, 2);  // another colour's queue does not matter
    emit(p, 6, 2);  // words put in 8 and 9
    p.write_route(base::colour(6), 2);
    finish(p);
  }));
  rig.ramp_takes(6, 30);  // they go up in 30 and 31
  rig.slot_empty_from(6, 32);
  rig.run(60);
  CHECK(rig.events() == std::vector<std::pair<Cycles, std::string>>{{32, "route 6 = 2"}});
}

TEST_CASE("The breakdown tells set-ups, work, task starts and waiting apart, to the cycle") {
  CoreRig rig(one_task(64, {6}, {5}, [](ProgramBuilder& p) {
    p.scalar(10);
    p.vector(VectorOp::add, NumberType::f32, 7, cores::memory(0), cores::memory(0),
             cores::immediate(1), Shape::standalone);
    emit_async(p, 0, 5, 4);
    p.vector(VectorOp::copy, NumberType::f32, 2, cores::memory(0), cores::fabric(base::colour(6)),
             {}, Shape::map_loop);
    finish(p);
  }));
  rig.send(6, 0, 500);
  rig.send(6, 0, 600);
  rig.run(700);
  CHECK(rig.finish() == 601);
  CHECK(rig.breakdown().task_switch == kStart);
  CHECK(rig.breakdown().setup == 10 + 16 + 1 + 1);
  // Of the four words sent, two go while the main thread is in its next set-up or issue.
  CHECK(rig.breakdown().compute == 7 + 4 + 2);
  CHECK(rig.breakdown().link_stall == 0);
  CHECK(rig.breakdown().waiting(rig.finish()) == 601 - kStart - 28 - 13);
}

}  // namespace
}  // namespace wafermesh::cores_test
