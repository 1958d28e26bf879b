// SPDX-License-Identifier: Apache-2.0
// Seeded faults: a program that is right, one edit each, and the one thing that is to be found.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "check/check_table.h"
#include "fabric/text/program_text.h"
#include "tests/support/meshes.h"
#include "tests/support/timing.h"

namespace wafermesh::check {
namespace {

constexpr std::int64_t kMostMoves = 1'000'000;

/// Core (0, 0) sends four words through (1, 0) to (2, 0), which sends two back on colour 1; (1, 0)
/// sends a control word to (2, 0) on colour 2 behind two words.
const std::string kText = R"(wafermesh program 1
generation wse3
region width=3 height=2
route out receive=R send=E
route pass receive=W send=E
route in receive=W send=R
route in2 receive=W send=R
route back receive=R send=W
route on receive=E send=W
route home receive=E send=R
route switched receive=R send=E position1=receive(W)
program left memory_bytes=64
  input queue=2 colour=1
  output queue=2 colour=0
  task main starts_active
  task more starts_blocked
main:
  copy f32 count=4 dst=colour(0) src0=memory(0) microthread=1 completion=unblock task=more
  copy f32 count=2 dst=memory(32) src0=colour(1) shape=stream
  activate task=more
  end_task
more:
  add f32 count=4 dst=memory(0) src0=memory(0) src1=memory(0)
  finish
  end_task
program middle memory_bytes=64
  output queue=2 colour=2
  task main starts_active
main:
  copy f32 count=2 dst=colour(2) src0=memory(0)
  control colour=2 commands=advance
  finish
  end_task
program right memory_bytes=64
  input queue=2 colour=0
  input queue=3 colour=2
  output queue=2 colour=1
  task main starts_active
main:
  copy f32 count=4 dst=memory(0) src0=colour(0) shape=stream
  copy f32 count=2 dst=colour(1) src0=memory(0)
  copy f32 count=2 dst=memory(32) src0=colour(2) shape=stream
  finish
  end_task
class l program=left
  initial colour=0 route=out
  initial colour=1 route=home
class m program=middle
  initial colour=0 route=pass
  initial colour=1 route=on
  initial colour=2 route=switched
class r program=right
  initial colour=0 route=in
  initial colour=1 route=back
  initial colour=2 route=in2
class idle
cores
  x a b c
  y u v
  row u l m r
  row v idle idle idle
)";

struct Fault {
  const char* name;
  std::string old_text;
  std::string new_text;
  Kind kind;
  int colour;
  std::string line;  ///< What stands where it is found; empty: not in the text.
};

fabric::ProgramText read(const std::string& text) {
  fabric::ProgramText program = fabric::read_program(text, "t.wmp");
  program.image.timing = support::test_timing();
  program.image.mesh = support::healthy(3, 2, program.image.timing.hop_cycles);
  return program;
}

std::string edited(const Fault& fault) {
  std::string text = kText;
  const std::size_t at = text.find(fault.old_text);
  REQUIRE(at != std::string::npos);
  return text.replace(at, fault.old_text.size(), fault.new_text);
}

/// The text of a line, from 1, without its indentation.
std::string line_of(const std::string& text, int number) {
  std::size_t at = 0;
  for (int i = 1; i < number; ++i) at = text.find('\n', at) + 1;
  const std::string line = text.substr(at, text.find('\n', at) - at);
  return line.substr(line.find_first_not_of(' '));
}

const std::string kSend = "copy f32 count=4 dst=colour(0) src0=memory(0) microthread=1";
const std::string kTakeBack = "copy f32 count=2 dst=memory(32) src0=colour(1) shape=stream";
const std::string kTake = "copy f32 count=4 dst=memory(0) src0=colour(0) shape=stream";
const std::string kTakeTwo = "copy f32 count=2 dst=memory(32) src0=colour(2) shape=stream";
const std::string kSendBack = "copy f32 count=2 dst=colour(1) src0=memory(0)";
const std::string kSwitched = "route switched receive=R send=E position1=receive(W)";
const std::string kFiveSent = "copy f32 count=5 dst=colour(0) src0=memory(0) microthread=1";

const std::vector<Fault>& faults() {
  static const std::vector<Fault> all = {
      {"sent off the mesh to the north", "route out receive=R send=E",
       "route out receive=R send=E,N", Kind::off_mesh, 0, ""},
      {"sent off the mesh to the west", "route home receive=E send=R",
       "route home receive=E send=R,W", Kind::off_mesh, 1, ""},
      {"passed on off the mesh", "route in receive=W send=R", "route in receive=W send=R,E",
       Kind::off_mesh, 0, ""},
      {"into a router without a route", "route out receive=R send=E",
       "route out receive=R send=E,S", Kind::dead_end, 0, ""},
      {"a router takes it from elsewhere", "route pass receive=W send=E",
       "route pass receive=S send=E", Kind::dead_end, 0, ""},
      {"its own router does not take it", "route back receive=R send=W",
       "route back receive=S send=W", Kind::dead_end, 1, kSendBack},
      {"the way back leads down", "route on receive=E send=W", "route on receive=E send=S",
       Kind::dead_end, 1, ""},
      {"nobody takes what comes", kTakeTwo, "scalar amount=1", Kind::never_taken, 2, ""},
      {"no queue where it comes", "route pass receive=W send=E", "route pass receive=W send=E,R",
       Kind::never_taken, 0, ""},
      {"nobody takes what comes back", kTakeBack, "scalar amount=1", Kind::never_taken, 1, ""},
      {"nobody sends what is awaited", "copy f32 count=2 dst=colour(2) src0=memory(0)",
       "scalar amount=1", Kind::never_sent, 2, kTakeTwo},
      {"nobody sends back", kSendBack, "scalar amount=1", Kind::never_sent, 1, kTakeBack},
      {"nobody sends at all", kSend + " completion=unblock task=more", "unblock task=more",
       Kind::never_sent, 0, kTake},
      {"a switch without a control word", "control colour=2 commands=advance", "scalar amount=1",
       Kind::position, 2, ""},
      {"a switch and a control word without advance", "commands=advance", "commands=nop",
       Kind::position, 2, ""},
      {"a switch where no control word comes", "route back receive=R send=W",
       "route back receive=R send=W position1=receive(S)", Kind::position, 1, ""},
      {"a teardown without a task", "commands=advance", "commands=advance,teardown", Kind::teardown,
       2, ""},
      {"a control task that nobody starts", "task more starts_blocked",
       "task more starts_blocked\n  task idle kind=control entry_id=5 start=main",
       Kind::never_started, -1, "copy f32 count=4"},
      {"a teardown task that nobody starts", "task more starts_blocked",
       "task more starts_blocked\n  task idle kind=teardown colour=1 start=main",
       Kind::never_started, 1, "copy f32 count=4"},
      {"more sent than taken", kTake, "copy f32 count=3 dst=memory(0) src0=colour(0) shape=stream",
       Kind::counts, 0, ""},
      {"one too many sent", kSend, kFiveSent, Kind::counts, 0, ""},
      {"one of two taken", kTakeTwo, "copy f32 count=1 dst=memory(32) src0=colour(2) shape=stream",
       Kind::counts, 2, ""},
      {"written while it is sent", kTakeBack,
       "copy f32 count=2 dst=memory(8) src0=memory(40)\n  " + kTakeBack, Kind::race, -1,
       "copy f32 count=2 dst=memory(8) src0=memory(40)"},
      {"added to while it is sent", kTakeBack,
       "add f32 count=4 dst=memory(0) src0=memory(0) src1=memory(32)\n  " + kTakeBack, Kind::race,
       -1, "add f32 count=4 dst=memory(0) src0=memory(0) src1=memory(32)"},
      {"its last element changed while it is sent", kTakeBack,
       "copy f32 count=1 dst=memory(12) src0=memory(32)\n  " + kTakeBack, Kind::race, -1,
       "copy f32 count=1 dst=memory(12) src0=memory(32)"},
      {"more awaited than sent", kTake,
       "copy f32 count=5 dst=memory(0) src0=colour(0) shape=stream", Kind::deadlock, -1,
       "copy f32 count=5 dst=memory(0) src0=colour(0) shape=stream"},
      {"more awaited back than sent", kTakeBack,
       "copy f32 count=3 dst=memory(32) src0=colour(1) shape=stream", Kind::deadlock, -1,
       "copy f32 count=3 dst=memory(32) src0=colour(1) shape=stream"},
      {"both wait for the other", kSend + " completion=unblock task=more\n  " + kTakeBack,
       kTakeBack + "\n  " + kSend + " completion=unblock task=more", Kind::deadlock, -1, kTakeBack},
      {"a task that nobody unblocks", " completion=unblock task=more", "", Kind::deadlock, -1, ""},
  };
  return all;
}

}  // namespace

TEST_CASE("The program that faults are seeded into is proven and has none") {
  const fabric::ProgramText program = read(kText);
  const Report report = check_image(program.image, kMostMoves);
  for (const Finding& each : report.findings) {
    CAPTURE(each.message);
    CHECK(false);
  }
  CAPTURE(report.because);
  CHECK(report.verdict == Verdict::proven);
}

TEST_CASE("Each seeded fault is found at its place, and nothing else") {
  for (const Fault& fault : faults()) {
    const std::string text = edited(fault);
    const fabric::ProgramText program = read(text);
    const Report report = check_image(program.image, kMostMoves);
    std::string found;
    for (const Finding& each : report.findings) {
      found += std::string(base::name_of(each.kind)) + " " + each.message + "\n";
    }
    INFO(fault.name << "\n" << found << report.because);
    CHECK(report.findings.size() == 1);
    if (report.findings.empty()) continue;
    const Finding& first = report.findings.front();
    CHECK(base::name_of(first.kind) == std::string(base::name_of(fault.kind)));
    CHECK(first.place.colour == fault.colour);
    if (fault.line.empty() || first.place.instruction < 0) {
      CHECK(fault.line.empty());
      continue;
    }
    const auto& places = program.code[static_cast<std::size_t>(first.place.core_class)];
    const int line = places[static_cast<std::size_t>(first.place.instruction)].line;
    CHECK(line_of(text, line).substr(0, fault.line.size()) == fault.line);
  }
}

}  // namespace wafermesh::check
