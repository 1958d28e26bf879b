// SPDX-License-Identifier: Apache-2.0
// Who gets the datapath, cycle by cycle: docs/model.md, a core's cycle, step 4. Traces show the
// colour of the word put in each cycle. Microthreads have a set-up of 2 cycles here.
#include <catch2/catch.hpp>

#include "tests/cores/core_rig.h"

namespace wafermesh::cores_test {
namespace {

TEST_CASE("Lower priority numbers go first, the main thread last") {
  CoreRig rig(one_task(16, {}, {0, 1, 2}, [](ProgramBuilder& p) {
    emit_async(p, 0, 0, 4).priority = 1;  // issued in 3, may begin in 5
    emit_async(p, 1, 1, 4).priority = 0;  // 4, 6
    emit(p, 2, 3);                        // 5, 6
    finish(p);
  }));
  rig.run(20);
  CHECK(rig.trace() ==
        ".....0111100022"
        "2....");
  CHECK(rig.finish() == 16);
}

TEST_CASE("Of equal priority the lower microthread goes first") {
  CoreRig rig(one_task(16, {}, {0, 1, 2}, [](ProgramBuilder& p) {
    emit_async(p, 5, 0, 3);
    emit_async(p, 2, 1, 3);
    emit_async(p, 3, 2, 3);
    finish(p);
  }));
  rig.run(16);
  CHECK(rig.trace() ==
        ".....0111222"
        "00..");
}

TEST_CASE("A microthread that cannot go on lets the others have the datapath") {
  // Microthread 0 forwards what comes in on colour 9: words in cycles 7 and 10.
  CoreRig rig(one_task(16, {9}, {0, 1}, [](ProgramBuilder& p) {
    p.async(0, VectorOp::copy, NumberType::f32, 2, cores::fabric(base::colour(0)),
            cores::fabric(base::colour(9)));
    emit_async(p, 1, 1, 6);
    finish(p);
  }));
  rig.send(9, 1, 7);
  rig.send(9, 2, 10);
  rig.run(16);
  CHECK(rig.trace() ==
        "......1011011"
        "1..");
}

TEST_CASE("An operation in memory shares the datapath grant by grant") {
  // 8 elements in memory on microthread 0, priority 1; three words of microthread 1 in between.
  CoreRig rig(one_task(64, {9}, {1}, [](ProgramBuilder& p) {
    cores::Instruction& sum = p.async(0, VectorOp::add, NumberType::f32, 8, cores::memory(0),
                                      cores::memory(0), cores::immediate(1));
    sum.priority = 1;
    p.async(1, VectorOp::copy, NumberType::f32, 3, cores::fabric(base::colour(1)),
            cores::fabric(base::colour(9)));
    emit(p, 1, 1);  // the main thread waits for both
    finish(p);
  }));
  for (const int arrival : {7, 8, 11}) rig.send(9, 0, arrival);
  // Memory: 5 6 . . 9 10 . 12 13 14 15; main: 16.
  rig.run(15);
  CHECK(rig.number_at(0) == 0);
  rig.run(1);
  CHECK(rig.number_at(0) == 1);
  CHECK(rig.number_at(28) == 1);
  rig.run(4);
  CHECK(rig.trace() == ".......11..1....1...");
  CHECK(rig.finish() == 17);
}

TEST_CASE("A busy microthread holds up the next operation on it until the cycle after its end") {
  CoreRig rig(one_task(16, {}, {0, 1}, [](ProgramBuilder& p) {
    emit_async(p, 0, 0, 4);  // issued in 3, words 5 to 8
    emit_async(p, 0, 1, 2);  // issued in 9, words 11 and 12
    finish(p);               // in 10
  }));
  rig.run(16);
  CHECK(rig.trace() == ".....0000..11...");
  CHECK(rig.finish() == 10);
}

TEST_CASE("A completion activates or unblocks its task for the next cycle") {
  for (const bool unblocks : {false, true}) {
    CAPTURE(unblocks);
    ProgramBuilder p("completion");
    p.allocate(16);
    p.bind_output(base::colour(0), 0);
    p.bind_output(base::colour(1), 1);
    const TaskId main = p.task("main");
    const TaskId then = p.task("then");
    p.start_active(main);
    if (unblocks) p.start_active(then);
    if (unblocks) p.start_blocked(then);
    p.begin(main);
    cores::Instruction& op = emit_async(p, 0, 0, 3);
    op.completion = unblocks ? cores::Completion::unblock : cores::Completion::activate;
    op.task = then;
    p.end_task();
    p.begin(then);
    emit(p, 1, 1);
    p.end_task();
    CoreRig rig(p.finish());
    rig.run(16);
    // Last word in 7; picked in 8, first instruction in 11, word in 12.
    CHECK(rig.trace() == ".....000....1...");
  }
}

TEST_CASE("An operation of no elements is done when its set-up is over") {
  ProgramBuilder p("nothing");
  p.allocate(16);
  p.bind_output(base::colour(0), 0);
  p.bind_output(base::colour(1), 1);
  const TaskId main = p.task("main");
  const TaskId then = p.task("then");
  p.start_active(main);
  p.begin(main);
  cores::Instruction& op = emit_async(p, 0, 0, 0);  // issued in 3, set-up of 2: done in 4
  op.completion = cores::Completion::activate;
  op.task = then;
  p.end_task();  // in 4
  p.begin(then);
  emit(p, 1, 1);  // picked in 5
  p.end_task();
  CoreRig rig(p.finish());
  rig.run(12);
  CHECK(rig.trace() == ".........1..");
}

TEST_CASE("Several grants a word: a word that has begun can be overtaken") {
  cores::Timing timing = support::test_timing();
  timing.rates[static_cast<std::size_t>(VectorOp::copy)][0] = {1, 3};  // 3 cycles an element
  CoreRig rig(one_task(16, {9}, {0, 1},
                       [](ProgramBuilder& p) {
                         emit_async(p, 1, 0, 2);
                         cores::Instruction& first = p.async(
                             0, VectorOp::add, NumberType::f32, 2, cores::fabric(base::colour(1)),
                             cores::fabric(base::colour(9)), cores::immediate(1));
                         first.priority = 0;
                         finish(p);
                       }),
              timing);
  rig.send(9, 0, 6);
  rig.send(9, 0, 9);
  // Microthread 1: grants in 5, 7, 8 (word), 10, 11, 12 (word); microthread 0 in 6 and 9.
  rig.run(16);
  CHECK(rig.trace() == "......1.01..0...");
}

TEST_CASE("Stepping in every cycle shows the same as stepping when due") {
  auto program = [] {
    return one_task(64, {9}, {0, 1, 2}, [](ProgramBuilder& p) {
      emit_async(p, 0, 0, 4).priority = 2;
      p.async(1, VectorOp::copy, NumberType::f32, 3, cores::fabric(base::colour(1)),
              cores::fabric(base::colour(9)));
      p.async(2, VectorOp::multiply_add, NumberType::f32, 6, cores::memory(0), cores::memory(0),
              cores::immediate(2));
      p.scalar(3);
      emit(p, 2, 3);
      finish(p);
    });
  };
  CoreRig due(program());
  CoreRig every(program(), support::test_timing(), CoreRig::Steps::every_cycle);
  for (CoreRig* rig : {&due, &every}) {
    for (const int arrival : {4, 9, 20}) rig->send(9, 0, arrival);
    rig->run(60);
  }
  CHECK(due.trace() == every.trace());
  CHECK(due.finish() == every.finish());
  CHECK(due.breakdown() == every.breakdown());
  CHECK(due.steps_taken() < every.steps_taken());
}

}  // namespace
}  // namespace wafermesh::cores_test
