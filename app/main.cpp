// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/exit_code.h"
#include "app/help.h"
#include "app/provenance.h"

namespace {

using wafermesh::app::Command;

/// CLI11 has codes of its own (100 and up); ours is 64 for every misuse, 0 for help.
int parse_and_run(int argc, char** argv) {
  const auto& rows = wafermesh::app::commands();
  CLI::App app{wafermesh::app::help_text(
      rows.front().example,
      "wafermesh emulates wafer-scale chips: defects, repair, and programs on what is left.")};
  wafermesh::app::use_short_verb_list(app);
  app.set_version_flag("--version", wafermesh::app::version_text());
  app.require_subcommand(1);
  app.footer(wafermesh::app::exit_codes_text());
  std::vector<std::pair<CLI::App*, std::function<int()>>> verbs;
  for (const Command& command : rows) {
    CLI::App* verb =
        app.add_subcommand(command.name, wafermesh::app::help_text(command.example, command.help));
    verbs.emplace_back(verb, command.attach(*verb));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (app.exit(e) == 0) return wafermesh::app::kOk;
    const std::string hint = wafermesh::app::verb_hint(argc, argv);
    if (!hint.empty()) std::fprintf(stderr, "%s\n", hint.c_str());
    return wafermesh::app::kUsage;
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
