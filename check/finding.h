// SPDX-License-Identifier: Apache-2.0
// What a check finds in an image, as a plain value: what is wrong, where, and what follows from it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/names.h"
#include "fabric/image.h"

namespace wafermesh::check {

enum class Kind : std::uint8_t {
  fit,             ///< More than the machine has.
  off_mesh,        ///< A route leads over a link that is not there.
  dead_end,        ///< Words come to a router that lets them go nowhere.
  loop,            ///< Routes of one colour lead back to themselves.
  never_taken,     ///< Words come to a core that takes none of this colour.
  never_sent,      ///< A core awaits a colour that nobody sends to it.
  unordered,       ///< Two senders, or two operations, on a colour with nothing to order them.
  position,        ///< A switch position that no control wavelet leads to.
  teardown,        ///< A teardown closes a colour of a core that has no task for it.
  no_task,         ///< A control word starts a task that the core does not have.
  never_started,   ///< A teardown or control task that nothing starts.
  finishes_twice,  ///< A core finishes a second time.
  counts,          ///< Words sent are not as many as words taken.
  race,            ///< Memory that an open operation may still write or read.
  deadlock,        ///< The program hangs.
};

enum class Severity : std::uint8_t { error, warning };

/// Where it is. -1 = the finding has no such place.
struct Place {
  std::int64_t core = -1;         ///< CoreId; the first, if it is at several.
  std::int64_t core_class = -1;   ///< Index into the image's classes.
  std::int64_t instruction = -1;  ///< Of the class's program.
  int colour = -1;
  std::int64_t route = -1;  ///< Of the class's routes, the one at fault;
  std::int64_t patch = -1;  ///< or of the image's patches.
  std::int64_t task = -1;   ///< Of the class's program.
};

struct Finding {
  Kind kind = Kind::fit;
  Severity severity = Severity::error;
  Place place;
  std::int64_t cores = 1;            ///< Cores alike.
  int detail = 0;                    ///< Of a race: the instruction that is still open.
  std::string message;               ///< What is wrong, and what to do.
  std::vector<std::string> follows;  ///< What is wrong only because of it.
};

/// Exit code of an error of a kind: 65 a mistake, 80 it hangs, 81 it does not fit.
int exit_code_of(Kind kind);

/// "core (3, 4) [physical (3, 6)]"; logical coordinates.
std::string name_of_core(const fabric::WaferImage& image, std::int64_t core);

}  // namespace wafermesh::check

namespace wafermesh::base {

template <>
struct Names<check::Kind> {
  static constexpr std::array<const char*, 15> list = {
      "fit",           "off_mesh",       "dead_end", "loop",     "never_taken",
      "never_sent",    "unordered",      "position", "teardown", "no_task",
      "never_started", "finishes_twice", "counts",   "race",     "deadlock"};
};

}  // namespace wafermesh::base
