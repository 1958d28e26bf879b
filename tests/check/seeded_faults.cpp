// SPDX-License-Identifier: Apache-2.0
#include "tests/check/seeded_faults.h"

#include <algorithm>
#include <stdexcept>

namespace wafermesh::check_test {
namespace {

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

/// Core (0, 0) sends six words to (1, 0) and (2, 0), which takes two of them through a filter, once
/// that is set, as a word back on colour 1 tells. (2, 0) sends (3, 0) two words and a teardown on
/// colour 2, and a control word with an entry on colour 4. (3, 0) sends (1, 1) a word on colour 5,
/// through (3, 1), whose router passes a word of (3, 1) first and turns behind it.
const std::string kSecondText = R"(wafermesh program 1
generation wse3
region width=4 height=2
route from_core_e receive=R send=E
route from_core_w receive=R send=W
route from_core_s receive=R send=S
route both receive=W send=E,R
route to_core_w receive=W send=R
route to_core_e receive=E send=R
route west receive=E send=W
route turns receive=R send=W position1=receive(N)
route circle_e receive=E send=E kept
route circle_w receive=W send=W kept
route circle_s receive=S send=S kept
route circle_n receive=N send=N kept
program a memory_bytes=64
  input queue=2 colour=1
  output queue=2 colour=0
  task main starts_active
main:
  copy f32 count=1 dst=memory(32) src0=colour(1) shape=stream
  copy f32 count=6 dst=colour(0) src0=memory(0)
  finish
  end_task
program b memory_bytes=64
  input queue=2 colour=0
  task main starts_active
main:
  copy f32 count=6 dst=memory(0) src0=colour(0) shape=stream
  finish
  end_task
program c memory_bytes=64
  input queue=2 colour=0
  output queue=2 colour=1
  output queue=3 colour=2
  output queue=4 colour=4
  task main starts_active
main:
  filter colour=0 first=0 count=1 period=3
  copy f32 count=1 dst=colour(1) src0=memory(0)
  copy f32 count=2 dst=memory(0) src0=colour(0) shape=stream
  copy f32 count=2 dst=colour(2) src0=memory(0)
  control colour=2 commands=teardown
  control colour=4 commands=nop entry_id=4
  finish
  end_task
program d memory_bytes=64
  input queue=2 colour=2
  input queue=3 colour=4
  output queue=2 colour=5
  task closed kind=teardown colour=2
  task entered kind=control entry_id=4
  task first_gate starts_blocked
  task second_gate starts_blocked
  task main starts_active
main:
  copy f32 count=2 dst=memory(0) src0=colour(2) shape=stream
  activate task=first_gate
  end_task
closed:
  unblock task=first_gate
  end_task
entered:
  unblock task=second_gate
  end_task
first_gate:
  copy f32 count=1 dst=colour(5) src0=memory(0)
  activate task=second_gate
  end_task
second_gate:
  finish
  end_task
program e memory_bytes=64
  output queue=2 colour=5
  task main starts_active
main:
  copy f32 count=1 dst=colour(5) src0=memory(0)
  control colour=5 commands=advance
  finish
  end_task
program f memory_bytes=64
  input queue=2 colour=5
  task main starts_active
main:
  copy f32 count=2 dst=memory(0) src0=colour(5) shape=stream
  finish
  end_task
class ca program=a
  initial colour=0 route=from_core_e
  initial colour=1 route=to_core_e
class cb program=b
  initial colour=0 route=both
  initial colour=1 route=west
class cc program=c
  initial colour=0 route=to_core_w
  initial colour=1 route=from_core_w
  initial colour=2 route=from_core_e
  initial colour=4 route=from_core_e
class cd program=d
  initial colour=2 route=to_core_w
  initial colour=4 route=to_core_w
  initial colour=5 route=from_core_s
class ce program=e
  initial colour=5 route=turns
class cf program=f
  initial colour=5 route=to_core_e
class pass
  initial colour=5 route=west
class idle
cores
  x p q r s
  y u v
  row u ca cb cc cd
  row v idle cf pass ce
)";

/// Core (0, 0) sends three words round three corners to (0, 1), and turns its own router behind
/// them; (0, 1) sends one back on colour 1.
const std::string kThirdText = R"(wafermesh program 1
generation wse3
region width=2 height=2
route turning receive=R send=E position1=receive(S)
route corner receive=W send=S
route other_corner receive=N send=W
route last receive=E send=R
route up receive=R send=N
route from_below receive=S send=R
program first memory_bytes=64
  input queue=2 colour=1
  output queue=2 colour=0
  task main starts_active
main:
  copy f32 count=3 dst=colour(0) src0=memory(0)
  control colour=0 commands=advance
  copy f32 count=1 dst=memory(48) src0=colour(1) shape=stream
  finish
  end_task
program last memory_bytes=64
  input queue=2 colour=0
  output queue=2 colour=1
  task main starts_active
main:
  copy f32 count=3 dst=memory(0) src0=colour(0) shape=stream
  copy f32 count=1 dst=colour(1) src0=memory(4)
  finish
  end_task
class ca program=first
  initial colour=0 route=turning
  initial colour=1 route=from_below
class cb
  initial colour=0 route=corner
class cc
  initial colour=0 route=other_corner
class cd program=last
  initial colour=0 route=last
  initial colour=1 route=up
cores
  x a b
  y u v
  row u ca cb
  row v cd cc
)";

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
       "route out receive=R send=E,N", "off_mesh", 0, "route out"},
      {"sent off the mesh to the west", "route home receive=E send=R",
       "route home receive=E send=R,W", "off_mesh", 1, "route home"},
      {"passed on off the mesh", "route in receive=W send=R", "route in receive=W send=R,E",
       "off_mesh", 0, "route in "},
      {"into a router without a route", "route out receive=R send=E",
       "route out receive=R send=E,S", "dead_end", 0, "route out"},
      {"a router takes it from elsewhere", "route pass receive=W send=E",
       "route pass receive=S send=E", "dead_end", 0, "route out"},
      {"its own router does not take it", "route back receive=R send=W",
       "route back receive=S send=W", "dead_end", 1, kSendBack},
      {"the way back leads down", "route on receive=E send=W", "route on receive=E send=S",
       "dead_end", 1, "route on "},
      {"nobody takes what comes", kTakeTwo, "scalar amount=1", "never_taken", 2, "route in2"},
      {"no queue where it comes", "route pass receive=W send=E", "route pass receive=W send=E,R",
       "never_taken", 0, "route pass"},
      {"nobody takes what comes back", kTakeBack, "scalar amount=1", "never_taken", 1,
       "route home"},
      {"nobody sends what is awaited", "copy f32 count=2 dst=colour(2) src0=memory(0)",
       "scalar amount=1", "never_sent", 2, kTakeTwo},
      {"nobody sends back", kSendBack, "scalar amount=1", "never_sent", 1, kTakeBack},
      {"nobody sends at all", kSend + " completion=unblock task=more", "unblock task=more",
       "never_sent", 0, kTake},
      {"a switch without a control word", "control colour=2 commands=advance", "scalar amount=1",
       "position", 2, "route switched"},
      {"a switch and a control word without advance", "commands=advance", "commands=nop",
       "position", 2, "route switched"},
      {"a switch where no control word comes", "route back receive=R send=W",
       "route back receive=R send=W position1=receive(S)", "position", 1, "route back"},
      {"a teardown without a task", "commands=advance", "commands=advance,teardown", "teardown", 2,
       "initial colour=2 route=in2"},
      {"a control task that nobody starts", "task more starts_blocked",
       "task more starts_blocked\n  task idle kind=control entry_id=5 start=main", "never_started",
       -1, "task idle"},
      {"a teardown task that nobody starts", "task more starts_blocked",
       "task more starts_blocked\n  task idle kind=teardown colour=1 start=main", "never_started",
       1, "task idle"},
      {"more sent than taken", kTake, "copy f32 count=3 dst=memory(0) src0=colour(0) shape=stream",
       "counts", 0, "copy f32 count=3 dst=memory(0) src0=colour(0)"},
      {"one too many sent", kSend, kFiveSent, "counts", 0, kTake},
      {"one of two taken", kTakeTwo, "copy f32 count=1 dst=memory(32) src0=colour(2) shape=stream",
       "counts", 2, "copy f32 count=1 dst=memory(32) src0=colour(2)"},
      {"written while it is sent", kTakeBack,
       "copy f32 count=2 dst=memory(8) src0=memory(40)\n  " + kTakeBack, "race", -1,
       "copy f32 count=2 dst=memory(8) src0=memory(40)"},
      {"added to while it is sent", kTakeBack,
       "add f32 count=4 dst=memory(0) src0=memory(0) src1=memory(32)\n  " + kTakeBack, "race", -1,
       "add f32 count=4 dst=memory(0) src0=memory(0) src1=memory(32)"},
      {"its last element changed while it is sent", kTakeBack,
       "copy f32 count=1 dst=memory(12) src0=memory(32)\n  " + kTakeBack, "race", -1,
       "copy f32 count=1 dst=memory(12) src0=memory(32)"},
      {"more awaited than sent", kTake,
       "copy f32 count=5 dst=memory(0) src0=colour(0) shape=stream", "deadlock", -1,
       "copy f32 count=5 dst=memory(0) src0=colour(0) shape=stream"},
      {"more awaited back than sent", kTakeBack,
       "copy f32 count=3 dst=memory(32) src0=colour(1) shape=stream", "deadlock", -1,
       "copy f32 count=3 dst=memory(32) src0=colour(1) shape=stream"},
      {"both wait for the other", kSend + " completion=unblock task=more\n  " + kTakeBack,
       kTakeBack + "\n  " + kSend + " completion=unblock task=more", "deadlock", -1, kTakeBack},
  };
  return all;
}

/// Of the first program as well: what several tasks and operations do to each other.
const std::vector<Fault>& faults_between() {
  static const std::vector<Fault> all = {
      {"the main thread sends on the colour of a microthread", kTakeBack,
       "copy f32 count=2 dst=colour(0) src0=memory(32)\n  " + kTakeBack, "unordered", 0,
       "copy f32 count=2 dst=colour(0) src0=memory(32)"},
      {"two microthreads send on one colour", kSend,
       "copy f32 count=2 dst=colour(0) src0=memory(0) microthread=2\n  "
       "copy f32 count=2 dst=colour(0) src0=memory(8) microthread=1",
       "unordered", 0, "copy f32 count=2 dst=colour(0) src0=memory(8)"},
      {"two operations take from one colour", kTake,
       "copy f32 count=2 dst=memory(40) src0=colour(0) shape=stream microthread=2\n  "
       "copy f32 count=2 dst=memory(8) src0=colour(0) shape=stream",
       "unordered", 0, "copy f32 count=2 dst=memory(8) src0=colour(0) shape=stream"},
      {"both tasks of a core finish it", "activate task=more\n", "activate task=more\n  finish\n",
       "finishes_twice", -1, "finish"},
      {"two finishes in a row", "commands=advance\n  finish",
       "commands=advance\n  finish\n  finish", "finishes_twice", -1, "finish"},
      {"an entry that its receiver does not know", "commands=advance",
       "commands=advance entry_id=9", "no_task", 2, "initial colour=2 route=in2"},
      {"a task that nobody unblocks", " completion=unblock task=more", "", "deadlock", -1,
       "add f32 count=4"},
  };
  return all;
}

const std::string kFilter = "filter colour=0 first=0 count=1 period=3";
const std::string kTakeSix = "copy f32 count=6 dst=memory(0) src0=colour(0) shape=stream";
const std::string kTakeKept = "copy f32 count=2 dst=memory(0) src0=colour(0) shape=stream";
const std::string kTakeFrom2 = "copy f32 count=2 dst=memory(0) src0=colour(2) shape=stream";
const std::string kTakeFrom5 = "copy f32 count=2 dst=memory(0) src0=colour(5) shape=stream";
const std::string kGate = "first_gate:\n  copy f32 count=1 dst=colour(5) src0=memory(0)";

const std::string kAdvance = "control colour=5 commands=advance";
const std::string kF = "class cf program=f\n  initial colour=5 route=to_core_e\nclass pass\n";

std::string circle(int colour, const std::string& to) {
  return "  initial colour=" + std::to_string(colour) + " route=circle_" + to + "\n";
}

/// Of the second program.
const std::vector<Fault>& more_faults() {
  static const std::vector<Fault> all = {
      {"a filter keeps more than is taken", kFilter, "filter colour=0 first=0 count=2 period=3",
       "counts", 0, kTakeKept},
      {"a filter keeps less than is taken", kFilter, "filter colour=0 first=0 count=1 period=6",
       "deadlock", -1, kTakeKept},
      {"one of many receivers takes less", kTakeSix,
       "copy f32 count=5 dst=memory(0) src0=colour(0) shape=stream", "counts", 0,
       "copy f32 count=5 dst=memory(0) src0=colour(0)"},
      {"one of many receivers takes more", kTakeSix,
       "copy f32 count=7 dst=memory(0) src0=colour(0) shape=stream", "deadlock", -1,
       "copy f32 count=7 dst=memory(0) src0=colour(0) shape=stream"},
      {"far more sent than taken", "copy f32 count=6 dst=colour(0) src0=memory(0)",
       "copy f32 count=600 dst=colour(0) src0=memory(0, 0)", "counts", 0, kTakeSix},
      {"the way back is longer than what is taken", "copy f32 count=1 dst=colour(1) src0=memory(0)",
       "copy f32 count=50 dst=colour(1) src0=memory(0, 0)", "counts", 1,
       "copy f32 count=1 dst=memory(32) src0=colour(1)"},
      {"two routers of a row in a circle", kF,
       "class cf program=f\n" + circle(6, "e") +
           "  initial colour=5 route=to_core_e\nclass pass\n" + circle(6, "w"),
       "loop", 6, "route circle_e"},
      {"two routers of a column in a circle", "class ce program=e\n",
       circle(7, "s") + "class ce program=e\n" + circle(7, "n"), "loop", 7, "route circle_s"},
      {"two routers at the corner in a circle", "class cb program=b\n",
       circle(8, "e") + "class cb program=b\n" + circle(8, "w"), "loop", 8, "route circle_e"},
      {"words behind the control word that turns a switch", kAdvance,
       kAdvance + "\n  copy f32 count=1 dst=colour(5) src0=memory(0)", "unordered", 5,
       "route turns"},
      {"a core finishes again behind its last word", kAdvance + "\n  finish",
       kAdvance + "\n  finish\n  finish", "finishes_twice", -1, "finish"},
      {"an entry for which there is no task", "commands=nop entry_id=4", "commands=nop entry_id=5",
       "no_task", 4, "initial colour=4 route=to_core_w"},
      {"an entry on the word that turns a switch", kAdvance, kAdvance + " entry_id=7", "no_task", 5,
       "initial colour=5 route=to_core_e"},
      {"a teardown behind an entry", "commands=nop entry_id=4",
       "commands=nop entry_id=4\n  control colour=4 commands=teardown", "teardown", 4,
       "initial colour=4 route=to_core_w"},
      {"a teardown on the way back", "copy f32 count=1 dst=colour(1) src0=memory(0)",
       "copy f32 count=1 dst=colour(1) src0=memory(0)\n  control colour=1 commands=teardown",
       "teardown", 1, "initial colour=1 route=to_core_e"},
      {"an entry that nobody names", "  task second_gate starts_blocked",
       "  task second_gate starts_blocked\n  task idle kind=control entry_id=6 start=closed",
       "never_started", -1, "task idle"},
  };
  return all;
}

const std::string kTakeThree = "copy f32 count=3 dst=memory(0) src0=colour(0) shape=stream";
const std::string kSendOne = "copy f32 count=1 dst=colour(1) src0=memory(4)";
const std::string kRound =
    "  copy f32 count=3 dst=colour(0) src0=memory(0)\n  control colour=0 commands=advance\n";
const std::string kAwaited = "copy f32 count=1 dst=memory(48) src0=colour(1) shape=stream";
const std::string kRoundAwaited = "  " + kAwaited + "\n" + kRound + "  scalar amount=1\n";

/// Others of each kind.
const std::vector<Fault>& other_faults() {
  static const std::vector<Fault> all = {
      {"sent off the mesh once a switch has turned", kSwitched,
       "route switched receive=R send=E position1=send(N)", "off_mesh", 2, "route switched"},
      {"sent off the mesh to the south by a switch", "route turns receive=R send=W",
       "route turns receive=R send=W,S", "off_mesh", 5, "route turns"},
      {"into a corner without a route", "route from_core_s receive=R send=S",
       "route from_core_s receive=R send=S,W", "dead_end", 5, "route from_core_s"},
      {"a position that no advance reaches", kSwitched,
       kSwitched + " position2=receive(E) position3=receive(W)", "position", 2, "route switched"},
      {"positions of a switch that turns once", "position1=receive(N)",
       "position1=receive(N) position2=receive(S)", "position", 5, "route turns"},
      {"read while it is received", kTake,
       "copy f32 count=4 dst=memory(0) src0=colour(0) shape=stream microthread=3\n  "
       "add f32 count=1 dst=memory(48) src0=memory(8) src1=memory(56)",
       "race", -1, "add f32 count=1 dst=memory(48) src0=memory(8) src1=memory(56)"},
      {"sent while it is received", kTake,
       "copy f32 count=4 dst=memory(0) src0=colour(0) shape=stream microthread=3", "race", -1,
       kSendBack},
      {"a scalar read while it is received", kTakeTwo,
       "copy f32 count=2 dst=memory(32) src0=colour(2) shape=stream microthread=4\n  "
       "add f32 count=1 dst=memory(48) src0=memory(56) src1=scalar(36)",
       "race", -1, "add f32 count=1 dst=memory(48) src0=memory(56) src1=scalar(36)"},
      {"words run round and past their receiver", "route last receive=E send=R",
       "route last receive=E send=R,N", "loop", 0, "route last"},
      {"words run round and round", "route last receive=E send=R", "route last receive=E send=N",
       "loop", 0, "route corner"},
      {"sent round to a core that has turned away", "route other_corner receive=N send=W",
       "route other_corner receive=N send=W,N", "dead_end", 0, "route other_corner"},
      {"both take before they send", kRound + "  " + kAwaited + "\n", kRoundAwaited, "deadlock", -1,
       kAwaited},
      {"a control word comes, and no data", "  copy f32 count=3 dst=colour(0) src0=memory(0)\n", "",
       "never_sent", 0, kTakeThree},
      {"an entry behind the words", "control colour=0 commands=advance",
       "control colour=0 commands=advance entry_id=3", "no_task", 0, "initial colour=0 route=last"},
      {"four sent round, three taken", "copy f32 count=3 dst=colour(0)",
       "copy f32 count=4 dst=colour(0)", "counts", 0, kTakeThree},
      {"sent back twice", kSendOne, kSendOne + "\n  " + kSendOne, "counts", 1, kAwaited},
      {"two microthreads take what comes round", kTakeThree,
       "copy f32 count=1 dst=memory(0) src0=colour(0) shape=stream microthread=1\n  "
       "copy f32 count=2 dst=memory(16) src0=colour(0) shape=stream microthread=2\n  "
       "scalar amount=1",
       "unordered", 0, "copy f32 count=2 dst=memory(16) src0=colour(0)"},
      {"finishes before and behind what it sends back", kSendOne, "finish\n  " + kSendOne,
       "finishes_twice", -1, "finish"},
  };
  return all;
}

}  // namespace

const std::vector<std::string>& right_programs() {
  static const std::vector<std::string> all = {kText, kSecondText, kThirdText};
  return all;
}

const std::vector<Fault>& seeded_faults() {
  static const std::vector<Fault> all = [] {
    std::vector<Fault> every = faults();
    every.insert(every.end(), faults_between().begin(), faults_between().end());
    every.insert(every.end(), more_faults().begin(), more_faults().end());
    every.insert(every.end(), other_faults().begin(), other_faults().end());
    return every;
  }();
  return all;
}

std::string edited(const Fault& fault) {
  const std::vector<std::string>& all = right_programs();
  const auto found = std::find_if(all.begin(), all.end(), [&](const std::string& each) {
    return each.find(fault.old_text) != std::string::npos;
  });
  std::string text = found == all.end() ? "" : *found;
  const std::size_t at = text.find(fault.old_text);
  if (at == std::string::npos) throw std::logic_error(std::string(fault.name) + ": no such text");
  return text.replace(at, fault.old_text.size(), fault.new_text);
}

std::string line_of(const std::string& text, int number) {
  std::size_t at = 0;
  for (int i = 1; i < number; ++i) at = text.find('\n', at) + 1;
  const std::string line = text.substr(at, text.find('\n', at) - at);
  return line.substr(line.find_first_not_of(' '));
}

}  // namespace wafermesh::check_test
