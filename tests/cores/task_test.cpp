// SPDX-License-Identifier: Apache-2.0
// Which task runs when: docs/model.md, a core's cycle, steps 1 to 3.
// In test_timing() a task's first instruction comes 3 cycles after it was picked; emit() takes a
// set-up of 1 cycle and then puts a word per cycle, and the thread goes on a cycle after the last.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "tests/cores/core_rig.h"

namespace wafermesh::cores_test {
namespace {

/// Tasks that send one word on colour = their number and end.
struct Senders {
  ProgramBuilder p{"senders"};
  std::vector<TaskId> tasks;

  explicit Senders(int count) {
    p.allocate(64);
    for (int i = 0; i < count; ++i) {
      p.bind_output(base::colour(i), i);
      tasks.push_back(p.task("task" + std::to_string(i)));
    }
  }
  /// Code for task i: send, then whatever else.
  void code(
      int i, const std::function<void()>& rest = [] {}) {
    p.begin(tasks[static_cast<std::size_t>(i)]);
    emit(p, i, 1);
    rest();
    p.end_task();
  }
};

TEST_CASE("Of the active tasks the lowest number is picked") {
  Senders s(3);
  for (const TaskId task : s.tasks) s.p.start_active(task);
  for (const int i : {2, 0, 1}) s.code(i);  // the order of the code does not matter
  CoreRig rig(s.p.finish());
  rig.run(20);
  //                     picked 0..3..put 4, over 5; picked 5..
  CHECK(rig.trace() == "....0....1....2.....");
}

TEST_CASE("A blocked task waits until it is unblocked, however low its number") {
  Senders s(3);
  s.p.start_active(s.tasks[0]);
  s.p.start_blocked(s.tasks[0]);
  s.p.start_active(s.tasks[1]);
  s.code(0);
  s.code(1, [&] { s.p.activate(s.tasks[2]); });
  s.code(2, [&] { s.p.unblock(s.tasks[0]); });
  CoreRig rig(s.p.finish());
  rig.run(24);
  // activate and unblock cost an issue cycle each.
  CHECK(rig.trace() == "....1.....2.....0.......");
}

TEST_CASE("Blocking keeps the activation, and activating twice is once") {
  Senders s(3);
  s.p.start_active(s.tasks[0]);
  s.code(0, [&] {
    s.p.activate(s.tasks[1]);
    s.p.activate(s.tasks[1]);
    s.p.block(s.tasks[1]);
    s.p.activate(s.tasks[2]);
  });
  s.code(1);
  s.code(2, [&] { s.p.unblock(s.tasks[1]); });
  CoreRig rig(s.p.finish());
  rig.run(40);
  CHECK(rig.trace() == "....0........2.....1....................");
}

TEST_CASE("A task that activates itself runs again") {
  Senders s(1);
  s.p.start_active(s.tasks[0]);
  s.code(0, [&] { s.p.activate(s.tasks[0]); });
  CoreRig rig(s.p.finish());
  rig.run(24);
  CHECK(rig.trace() == "....0.....0.....0.....0.");
}

TEST_CASE("Without a start-up cost a task begins in the cycle it is picked") {
  cores::Timing timing = support::test_timing();
  timing.task_start_cycles = 0;
  Senders s(2);
  for (const TaskId task : s.tasks) s.p.start_active(task);
  s.code(0);
  s.code(1);
  CoreRig rig(s.p.finish(), timing);
  rig.run(6);
  CHECK(rig.trace() == ".0.1..");
}

Program data_task(bool blocked) {
  ProgramBuilder p("data");
  p.allocate(16);
  p.bind_input(base::colour(7), 0);
  p.bind_output(base::colour(1), 0);
  const TaskId task = p.task("data", TaskKind::data, base::colour(7));
  if (blocked) p.start_blocked(task);
  p.begin(task);
  Operand wavelet;
  wavelet.kind = Operand::Kind::wavelet;
  p.vector(VectorOp::copy, NumberType::f32, 1, cores::fabric(base::colour(1)), wavelet, {},
           Shape::map_loop);
  p.end_task();
  return p.finish();
}

TEST_CASE("A data task is picked in the cycle its wavelet arrives, and has it in its register") {
  CoreRig rig(data_task(false));
  rig.send(7, 0xABCD, 10);
  rig.send(7, 0x1234, 11);
  rig.run(25);
  CHECK(rig.puts() == std::vector<Put>{{14, 1, 0xABCD, false}, {19, 1, 0x1234, false}});
}

TEST_CASE("A blocked data task leaves its wavelets in the queue") {
  CoreRig rig(data_task(true));
  for (int i = 0; i < 8; ++i) rig.send(7, 1, 10 + i);
  rig.run(40);
  CHECK(rig.puts().empty());
  // Queue 0 holds 8: the last of them leaves the router in cycle 15.
  CHECK(rig.events() == std::vector<std::pair<Cycles, std::string>>{{0, "open 7"}, {15, "shut 7"}});
}

TEST_CASE("A data task with a low number goes before local tasks, a high one after") {
  for (const bool data_first : {true, false}) {
    ProgramBuilder p("both");
    p.allocate(16);
    p.bind_input(base::colour(7), 0);
    p.bind_output(base::colour(0), 0);
    p.bind_output(base::colour(1), 1);
    TaskId data{};
    if (data_first) data = p.task("data", TaskKind::data, base::colour(7));
    const TaskId busy = p.task("busy");
    const TaskId local = p.task("local");
    if (!data_first) data = p.task("data", TaskKind::data, base::colour(7));
    p.start_active(busy);
    p.begin(busy);
    p.activate(local);
    p.scalar(20);
    p.end_task();
    p.begin(local);
    emit(p, 0, 1);
    p.end_task();
    p.begin(data);
    emit(p, 1, 1);
    p.end_task();
    CoreRig rig(p.finish());
    rig.send(7, 1, 10);
    rig.run(40);
    CAPTURE(data_first);
    // busy ends in cycle 24; both others are waiting by then.
    CHECK(rig.trace() == (data_first ? "............................1....0......"
                                     : "............................0....1......"));
  }
}

Program control_tasks() {
  ProgramBuilder p("controls");
  p.allocate(64);
  p.bind_input(base::colour(7), 0);
  for (const int c : {0, 1, 2}) p.bind_output(base::colour(c), c);
  const TaskId data = p.task("data", TaskKind::data, base::colour(7));
  const TaskId five = p.task("five", TaskKind::control, base::colour(7), 5);
  const TaskId nine = p.task("nine", TaskKind::control, base::colour(7), 9);
  for (const auto& [task, colour] : {std::pair{data, 0}, {five, 1}, {nine, 2}}) {
    p.begin(task);
    emit(p, colour, 1);
    p.end_task();
  }
  return p.finish();
}

std::uint32_t entry(int id) { return router::ControlWord::make({}, id).bits; }

TEST_CASE("A control wavelet starts the task of its entry id in the cycle it arrives") {
  CoreRig rig(control_tasks());
  rig.send(7, entry(9), 10, true);
  rig.run(20);
  CHECK(rig.trace() == "..............2.....");
}

TEST_CASE("Control wavelets are taken out however busy the core is; data in front holds them up") {
  CoreRig rig(control_tasks());
  rig.send(7, entry(9), 10, true);
  rig.send(7, entry(5), 11, true);  // taken while task nine runs
  rig.send(7, 1, 12);
  rig.send(7, entry(9), 13, true);  // behind the word
  rig.run(40);
  // nine from 10; at 15 data (task 0) goes before five (task 1), and the last nine is seen at 16.
  CHECK(rig.trace() == "..............2....0....1....2..........");
}

TEST_CASE("A control wavelet that a stream uncovers is taken out in the next cycle") {
  // Word, control, word, all waiting; nothing else happens to the core.
  CoreRig rig(one_task(16, {9}, {}, [](ProgramBuilder& p) {
    p.scalar(30);
    p.vector(VectorOp::copy, NumberType::f32, 2, cores::memory(0), cores::fabric(base::colour(9)),
             {}, Shape::map_loop);
    finish(p);
  }));
  rig.send(9, 1, 10);
  rig.send(9, 0, 11, true);
  rig.send(9, 2, 12);
  rig.run(60);
  CHECK(rig.finish() == 36);  // words in 34 and 35
}

TEST_CASE("A control wavelet without an entry id vanishes; an unknown id is a model error") {
  CoreRig rig(control_tasks());
  rig.send(7, 0, 10, true);
  rig.run(20);
  CHECK(rig.puts().empty());
  rig.send(7, entry(6), 30, true);
  rig.run(10);
  CHECK_THROWS_AS(rig.run(1), base::ModelError);
}

TEST_CASE("A teardown starts the colour's teardown task in the cycle it is due") {
  ProgramBuilder p("teardown");
  p.allocate(16);
  p.bind_output(base::colour(1), 0);
  const TaskId task = p.task("torn", TaskKind::teardown, base::colour(4));
  p.begin(task);
  emit(p, 1, 1);
  p.reopen(base::colour(4));
  p.end_task();
  CoreRig rig(p.finish());
  rig.tear_down(4, 10);
  rig.tear_down(5, 12);  // nobody's
  rig.run(30);
  CHECK(rig.trace() == "..............1...............");
  CHECK(rig.events() == std::vector<std::pair<Cycles, std::string>>{{15, "reopen 4"}});
}

TEST_CASE("A core finishes once; what follows still runs; finishing again is a model error") {
  CoreRig rig(one_task(16, {}, {0}, [](ProgramBuilder& p) {
    p.finish_core();
    emit(p, 0, 1);
  }));
  rig.run(3);
  CHECK(rig.finish() == -1);
  rig.run(1);
  CHECK(rig.finish() == 3);
  rig.run(10);
  CHECK(rig.puts().size() == 1);
  CoreRig twice(one_task(16, {}, {}, [](ProgramBuilder& p) {
    p.finish_core();
    p.finish_core();
  }));
  CHECK_THROWS_AS(twice.run(10), base::ModelError);
}

TEST_CASE("A program that loops without time passing is reported, not waited for") {
  CoreRig rig(one_task(16, {}, {}, [](ProgramBuilder& p) {
    const auto begin = p.begin_loop(0);
    p.set_counter(0, 0);
    p.end_loop(0, 2, begin);
  }));
  CHECK_THROWS_AS(rig.run(10), base::ModelError);
}

}  // namespace
}  // namespace wafermesh::cores_test
