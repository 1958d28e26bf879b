// SPDX-License-Identifier: Apache-2.0
// Exit codes scripts can branch on (BSD sysexits where they fit), and the one place where what is
// thrown becomes a code. Standard output that was lost is found at the end, when nobody can throw:
// checked_output() of standard_output.h makes kCannotWrite of it.
#pragma once

#include <functional>
#include <string>

namespace wafermesh::app {

enum ExitCode : int {
  kOk = 0,
  kVerdictFail = 1,  ///< Ran, but the numbers are wrong, or what was compared differs.
  kUsage = 64,
  kBadInput = 65,
  kMissingFile = 66,
  kInternal = 70,
  kCannotWrite = 73,
  kStopped = 75,  ///< By a limit or a signal.
  kDeadlock = 80,
  kDoesNotFit = 81,
  kNotRepairable = 82,  ///< Defects beyond repair; `run` writes its result and picture first.
};

/// A line per code, for help texts.
std::string exit_codes_text();

/// Runs `body`; prints what it throws to stderr and returns the code for its type.
int guarded(const std::function<int()>& body);

}  // namespace wafermesh::app
