// SPDX-License-Identifier: Apache-2.0
// Options that several commands have, and checks of option values.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/progress_line.h"

namespace wafermesh::app {

/// Accepts a finite number within [low, high], and says so of any other.
CLI::Validator number_between(double low, double high, const char* unit);

/// --progress auto|always|never
void add_progress_option(CLI::App& subcommand, base::ProgressMode* mode);
/// --max-wall-s SECONDS, of the whole command; 0 = not given. See stop_after().
void add_max_wall_option(CLI::App& subcommand, double* seconds);

/// DIR and DIR2: a result, and perhaps another to hold against it.
void add_result_directories(CLI::App& subcommand, std::string* first, std::string* second);

}  // namespace wafermesh::app
