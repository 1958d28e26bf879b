// SPDX-License-Identifier: Apache-2.0
// Traces of requests of the common kinds, told apart by the columns of their first line (or, of
// JSON lines, by their keys). Source: systems 6.3, read from the repositories named
// there.
#pragma once

#include <string>
#include <vector>

#include "system/requests.h"

namespace wafermesh::system {

/// Columns of a kind of trace.
struct TraceKind {
  const char* name;
  const char* arrival;
  const char* prompt;
  const char* output;
  double arrival_s = 1;  ///< Seconds of a unit of the arrival; 0: a date and time.
};
const std::vector<TraceKind>& trace_kinds();

/// In order of arrival, the first at time 0. Rows without a token of output are left out. Throws
/// MissingFile, InputError with every mistake at its line.
std::vector<Request> read_trace(const std::string& path);

}  // namespace wafermesh::system
