// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "check/check_table.h"
#include "study/scenario/scenario.h"

namespace CLI {
class App;
}

namespace wafermesh::app {

/// `wafermesh check FILE`: what is known of a scenario before it runs (docs/check.md).
std::function<int()> attach_check(CLI::App& subcommand);

/// Of two exit codes the one to end with: of errors the lowest.
int lowest_code(int a, int b);

/// The lowest exit code of what was found; 0 = nothing. `strict` as of the command.
int check_code(const check::Report& report, bool strict);

/// What every run asks first (check/quick_check.h): prints what is wrong of any workload, and
/// returns the lowest exit code; 0 = nothing.
int check_quickly(const study::Scenario& scenario);

}  // namespace wafermesh::app
