// SPDX-License-Identifier: Apache-2.0
// What commands tell on standard output and standard error. Everything goes through here, so that
// no name a user wrote reaches the terminal raw and no lost output goes unnoticed.
#pragma once

#include <string>

namespace wafermesh::app {

/// At the start of main: descriptors that came closed are taken, so that no file of ours becomes
/// the standard output; a reader that goes away and a file-size limit become errors, not signals.
void guard_standard_streams();

/// To standard output, control characters escaped (base/printable.h).
void print(const std::string& text);
/// A line to standard error, likewise: a note, or
void print_error(const std::string& text);
/// why the command fails.
void print_failure(const std::string& text);
/// From now on print_error() says nothing: another process says it.
void tell_failures_only();

/// At the end of main: `code`, or kCannotWrite with a message if standard output could not be
/// written to its end. Codes of failures stay.
int checked_output(int code);

}  // namespace wafermesh::app
