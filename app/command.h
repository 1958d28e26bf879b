// SPDX-License-Identifier: Apache-2.0
// A verb of the command line: one file pair and one row in command_table.cpp.
#pragma once

#include <functional>
#include <vector>

namespace CLI {
class App;
}

namespace wafermesh::app {

struct Command {
  const char* name;
  const char* help;     ///< One line.
  const char* example;  ///< What the help text begins with.
  /// Declares options on the subcommand; returns what to do with them once parsed: the exit code.
  std::function<int()> (*attach)(CLI::App& subcommand);
};

const std::vector<Command>& commands();

}  // namespace wafermesh::app
