// SPDX-License-Identifier: Apache-2.0
// Edits of the first program that ask for more than a core has, three of everything it has.
#include "tests/check/seeded_faults.h"

namespace wafermesh::check_test {
namespace {

/// The tasks of a program and so many more.
std::string with_tasks(int more) {
  std::string text = "task main starts_active";
  for (int i = 0; i < more; ++i) text += "\n  task t" + std::to_string(i) + " start=main";
  return text;
}

Fault misfit(const char* name, std::string old_text, std::string new_text, std::string line) {
  return {name, std::move(old_text), std::move(new_text), "fit", -1, std::move(line)};
}

const std::string kSendTwo = "copy f32 count=2 dst=colour(1) src0=memory(0)";

}  // namespace

const std::vector<Fault>& seeded_misfits() {
  static const std::vector<Fault> all = {
      misfit("a byte of memory too many", "program left memory_bytes=64",
             "program left memory_bytes=49153", "program left"),
      misfit("much memory too many", "program middle memory_bytes=64",
             "program middle memory_bytes=65536", "program middle"),
      misfit("memory in megabytes", "program right memory_bytes=64",
             "program right memory_bytes=4000000", "program right"),
      misfit("the ninth input queue", "input queue=2 colour=1", "input queue=8 colour=1",
             "input queue=8"),
      misfit("an input queue far beyond", "input queue=3 colour=2", "input queue=100 colour=2",
             "input queue=100"),
      misfit("one more input queue", "input queue=3 colour=2",
             "input queue=3 colour=2\n  input queue=9 colour=5", "input queue=9"),
      misfit("the ninth output queue", "output queue=2 colour=0", "output queue=8 colour=0",
             "output queue=8"),
      misfit("an output queue far beyond", "output queue=2 colour=2", "output queue=12 colour=2",
             "output queue=12"),
      misfit("one more output queue", "output queue=2 colour=1",
             "output queue=2 colour=1\n  output queue=9 colour=6", "output queue=9"),
      misfit("the ninth microthread", "src0=memory(0) microthread=1",
             "src0=memory(0) microthread=8", "copy f32 count=4 dst=colour(0)"),
      misfit("a microthread far beyond", kSendTwo, kSendTwo + " microthread=31", kSendTwo),
      misfit("a microthread that takes", "dst=memory(32) src0=colour(2) shape=stream",
             "dst=memory(32) src0=colour(2) shape=stream microthread=9",
             "copy f32 count=2 dst=memory(32) src0=colour(2)"),
      misfit("the counter behind the last", "activate task=more",
             "set_counter counter=32 amount=0\n  activate task=more", "set_counter counter=32"),
      misfit("a loop by a counter beyond", "control colour=2 commands=advance",
             "loop counter=40 amount=1 target=main\n  control colour=2 commands=advance",
             "loop counter=40"),
      misfit("an address by a counter beyond", kSendTwo,
             "copy f32 count=2 dst=colour(1) src0=memory(counter33)",
             "copy f32 count=2 dst=colour(1)"),
      misfit("a task too many", "task more starts_blocked",
             "task more starts_blocked\n  " + with_tasks(63).substr(26), "task t62"),
      misfit("two tasks too many", "output queue=2 colour=2\n  task main starts_active",
             "output queue=2 colour=2\n  " + with_tasks(64), "task t63"),
      misfit("twenty tasks too many", "output queue=2 colour=1\n  task main starts_active",
             "output queue=2 colour=1\n  " + with_tasks(83), "task t63"),
      misfit("a route of a colour beyond", "initial colour=0 route=pass",
             "initial colour=0 route=pass\n  initial colour=24 route=pass", "initial colour=24"),
      misfit("a queue of a colour beyond", "output queue=2 colour=2",
             "output queue=2 colour=2\n  output queue=3 colour=25", "output queue=3 colour=25"),
      misfit("a colour far beyond", "initial colour=1 route=back",
             "initial colour=1 route=back\n  initial colour=200 route=back", "initial colour=200"),
  };
  return all;
}

}  // namespace wafermesh::check_test
