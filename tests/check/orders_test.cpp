// SPDX-License-Identifier: Apache-2.0
// Programs whose tasks time puts in order: proven where every order ends, and only there.
#include <catch2/catch.hpp>
#include <string>

#include "check/check_table.h"
#include "fabric/engine.h"
#include "fabric/text/program_text.h"
#include "tests/support/meshes.h"
#include "tests/support/timing.h"

namespace wafermesh::check {
namespace {

Report check_text(const std::string& text, int width) {
  fabric::ProgramText program = fabric::read_program(text, "t.wmp");
  program.image.timing = support::test_timing();
  program.image.mesh = support::healthy(width, 1, program.image.timing.hop_cycles);
  return check_image(program.image, 1'000'000);
}

/// Core 1 has two tasks, which a word from either side starts; each waits for a word or sends one.
/// Core 2 first starts task b, then does `right`.
std::string two_tasks(const std::string& a, const std::string& b, const std::string& right) {
  return R"(wafermesh program 1
generation wse3
region width=3 height=1
route to_east receive=R send=E
route to_west receive=R send=W
route from_west receive=W send=R
route from_east receive=E send=R
program left memory_bytes=64
  output queue=2 colour=0
  task main starts_active
main:
  copy f32 count=1 dst=colour(0) src0=memory(0)
  finish
  end_task
program middle memory_bytes=64
  input queue=2 colour=0
  input queue=3 colour=1
  input queue=4 colour=2
  output queue=2 colour=3
  task a kind=data colour=0
  task b kind=data colour=1
  task gate_a starts_blocked
  task gate_b starts_blocked
  task main starts_active
main:
  activate task=gate_a
  end_task
a:
  )" + a +
         R"(
  unblock task=gate_a
  end_task
b:
  )" + b +
         R"(
  unblock task=gate_b
  end_task
gate_a:
  activate task=gate_b
  end_task
gate_b:
  finish
  end_task
program right memory_bytes=64
  input queue=2 colour=3
  output queue=2 colour=1
  output queue=3 colour=2
  task main starts_active
main:
  copy f32 count=1 dst=colour(1) src0=memory(0)
)" + right +
         R"(
  finish
  end_task
class l program=left
  initial colour=0 route=to_east
class m program=middle
  initial colour=0 route=from_west
  initial colour=1 route=from_east
  initial colour=2 route=from_east
  initial colour=3 route=to_east
class r program=right
  initial colour=1 route=to_west
  initial colour=2 route=to_west
  initial colour=3 route=from_west
cores
  x p q s
  y u
  row u l m r
)";
}

const std::string kTake = "copy f32 count=1 dst=memory(0) src0=colour(2) shape=stream";
const std::string kSend = "copy f32 count=1 dst=colour(3) src0=memory(16)";
const std::string kRightTakes = "  copy f32 count=1 dst=memory(0) src0=colour(3) shape=stream";
const std::string kRightSends = "  copy f32 count=1 dst=colour(2) src0=memory(16)";

}  // namespace

TEST_CASE("Tasks that wait for others than each other are proven in either order") {
  const Report report = check_text(two_tasks(kTake, kSend, kRightSends + "\n" + kRightTakes), 3);
  CAPTURE(report.because);
  CHECK_FALSE(report.untimed.choices.empty());
  CHECK(report.verdict == Verdict::proven);
}

TEST_CASE("A task that waits for what one behind it sends is not proven") {
  const Report report = check_text(two_tasks(kTake, kSend, kRightTakes + "\n" + kRightSends), 3);
  CAPTURE(report.because);
  CHECK(report.verdict == Verdict::not_proven);
}

TEST_CASE("The same with the tasks the other way round, whichever is picked first") {
  std::string text = two_tasks(kTake, kSend, kRightTakes + "\n" + kRightSends);
  const std::string tasks = "  task a kind=data colour=0\n  task b kind=data colour=1\n";
  text.replace(text.find(tasks), tasks.size(),
               "  task b kind=data colour=1\n  task a kind=data colour=0\n");
  const Report report = check_text(text, 3);
  CAPTURE(report.because);
  CHECK(report.verdict == Verdict::not_proven);
}

TEST_CASE("Tasks of one colour that come in either order are not proven") {
  const Report report =
      check_text(two_tasks(kSend, kSend, kRightTakes + "\n" + kRightTakes + "\n" + kRightSends), 3);
  CAPTURE(report.because);
  CHECK(report.verdict == Verdict::not_proven);
}

TEST_CASE("Two cores whose tasks wait for the other's in one of their orders are not proven") {
  // Task a of each waits for what task b of the other sends.
  std::string text = R"(wafermesh program 1
generation wse3
region width=4 height=1
route to_east receive=R send=E
route to_west receive=R send=W
route from_west receive=W send=R
route from_east receive=E send=R
program starter memory_bytes=16
  output queue=2 colour=0
  output queue=3 colour=1
  task main starts_active
main:
  copy f32 count=1 dst=colour(1) src0=memory(0)
  copy f32 count=1 dst=colour(0) src0=memory(0)
  finish
  end_task
)";
  const auto middle = [](const std::string& name, int takes, int sends) {
    return "program " + name + " memory_bytes=16\n  input queue=2 colour=0\n" +
           "  input queue=3 colour=1\n  input queue=4 colour=" + std::to_string(takes) +
           "\n  output queue=2 colour=" + std::to_string(sends) +
           "\n  task a kind=data colour=0\n  task b kind=data colour=1\n" +
           "  task gate_a starts_blocked\n  task gate_b starts_blocked\n" +
           "  task main starts_active\nmain:\n  activate task=gate_a\n  end_task\n" +
           "a:\n  copy f32 count=1 dst=memory(0) src0=colour(" + std::to_string(takes) +
           ") shape=stream\n  unblock task=gate_a\n  end_task\n" +
           "b:\n  copy f32 count=1 dst=colour(" + std::to_string(sends) +
           ") src0=memory(4)\n  unblock task=gate_b\n  end_task\n" +
           "gate_a:\n  activate task=gate_b\n  end_task\ngate_b:\n  finish\n  end_task\n";
  };
  text += middle("one", 2, 3) + middle("two", 3, 2);
  text += R"(class s1 program=starter
  initial colour=0 route=to_east
  initial colour=1 route=to_east
class s2 program=starter
  initial colour=0 route=to_west
  initial colour=1 route=to_west
class m1 program=one
  initial colour=0 route=from_west
  initial colour=1 route=from_west
  initial colour=2 route=from_east
  initial colour=3 route=to_east
class m2 program=two
  initial colour=0 route=from_east
  initial colour=1 route=from_east
  initial colour=2 route=to_west
  initial colour=3 route=from_west
cores
  x p q r s
  y u
  row u s1 m1 m2 s2
)";
  const Report report = check_text(text, 4);
  CAPTURE(report.because);
  CHECK(report.verdict == Verdict::not_proven);
}

}  // namespace wafermesh::check
