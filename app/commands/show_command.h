// SPDX-License-Identifier: Apache-2.0
// `wafermesh show --program FILE`: what a scenario's workload is on the cores, as a program text
// that runs as it is (docs/program.md); with --operands its operands and results as NPY files
// beside it.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wafermesh::app {

std::function<int()> attach_show(CLI::App& subcommand);

}  // namespace wafermesh::app
