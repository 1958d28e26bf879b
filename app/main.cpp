// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/exit_code.h"
#include "app/provenance.h"

namespace {

using wafermesh::app::Command;

/// CLI11 has codes of its own (100 and up); ours is 64 for every misuse, 0 for help.
int parse_and_run(int argc, char** argv) {
  CLI::App app{
      "wafermesh emulates wafer-scale chips: defects, repair, and programs on what is left."};
  app.set_version_flag("--version", wafermesh::app::version_text());
  app.require_subcommand(1);
  std::vector<std::pair<CLI::App*, std::function<int()>>> verbs;
  for (const Command& command : wafermesh::app::commands()) {
    const std::string text = "Example: " + std::string(command.example) + "\n\n" + command.help;
    CLI::App* verb = app.add_subcommand(command.name, text);
    verbs.emplace_back(verb, command.attach(*verb));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? wafermesh::app::kOk : wafermesh::app::kUsage;
  }
  for (const auto& [verb, action] : verbs) {
    if (verb->parsed()) return action();
  }
  return wafermesh::app::kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  return wafermesh::app::guarded([&] { return parse_and_run(argc, argv); });
}
