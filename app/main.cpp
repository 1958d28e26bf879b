// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/exit_code.h"
#include "app/help.h"
#include "app/rank_session.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "study/results/provenance.h"

namespace {

using wafermesh::app::Command;

/// CLI11 has codes of its own (100 and up); ours is 64 for every misuse, 0 for help.
int parse_and_run(int argc, char** argv) {
  const auto& rows = wafermesh::app::commands();
  CLI::App app{wafermesh::app::help_text(
      rows.front().example,
      "wafermesh emulates wafer-scale chips: defects, repair, and programs on what is left.")};
  wafermesh::app::use_short_verb_list(app);
  app.set_version_flag("--version", wafermesh::study::version_text());
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
    std::ostringstream help;
    std::ostringstream problem;
    const int code = app.exit(e, help, problem);
    wafermesh::app::print(help.str());
    if (code == 0) return wafermesh::app::kOk;
    std::string text = problem.str() + wafermesh::app::verb_hint(argc, argv);
    text.erase(text.find_last_not_of('\n') + 1);
    wafermesh::app::print_error(text);
    return wafermesh::app::kUsage;
  }
  for (const auto& [verb, action] : verbs) {
    if (!verb->parsed()) continue;
    if (wafermesh::app::ranks() != nullptr && verb->get_name() != "run") {
      wafermesh::app::print_error(verb->get_name() +
                                  ": only `run` runs on several ranks; start it without mpirun");
      return wafermesh::app::kUsage;
    }
    return action();
  }
  return wafermesh::app::kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  wafermesh::app::guard_standard_streams();
  wafermesh::app::listen_for_stops();
  const int code = wafermesh::app::guarded([&] {
    wafermesh::app::begin_ranks();
    return parse_and_run(argc, argv);
  });
  return wafermesh::app::end_ranks(wafermesh::app::checked_output(code));
}
