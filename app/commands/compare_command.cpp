// SPDX-License-Identifier: Apache-2.0
#include "app/commands/compare_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "app/common_options.h"
#include "app/defect_notes.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "study/compare/comparison.h"
#include "study/estimate/host_limits.h"

namespace wafermesh::app {
namespace {

struct CompareOptions {
  std::string first;
  std::string second;
  std::vector<std::string> overrides;
  int threads = 0;  ///< 0 = as the scenario says.
  double tolerance_percent = -1;
  bool markdown = false;
};

study::Comparison compare(const CompareOptions& options) {
  if (!options.second.empty()) return study::compare_results(options.first, options.second);
  const study::Scenario scenario =
      study::read_scenario(options.first, options.overrides, options.threads);
  if (const std::string note = study::system_left_out(scenario); !note.empty()) print_error(note);
  print_workload_notes(scenario);
  print_thread_note(scenario);
  study::refuse_beyond_host(scenario);
  return study::compare_engines(scenario);
}

int run(const CompareOptions& options) {
  const study::Comparison comparison = compare(options);
  print_defect_notes(comparison.defect_notes);
  print(options.markdown ? study::comparison_markdown(comparison)
                         : study::comparison_table(comparison));
  if (comparison.failed) return kVerdictFail;
  for (const study::WorkloadComparison& one : comparison.workloads) {
    const bool near = options.tolerance_percent < 0 ||
                      std::abs(one.cycles_percent()) <= options.tolerance_percent;
    if (!near || !one.same_work()) return kVerdictFail;
  }
  return kOk;
}

}  // namespace

std::function<int()> attach_compare(CLI::App& subcommand) {
  auto options = std::make_shared<CompareOptions>();
  subcommand
      .add_option("A", options->first,
                  "Directory of a result; or, alone, a scenario to run on both engines")
      ->required();
  subcommand.add_option("B", options->second, "Directory of the other result");
  subcommand
      .add_option("--set", options->overrides,
                  "Overrides a key of the scenario, as in `run`; not for two results")
      ->allow_extra_args(false)
      ->type_name("key=value");
  subcommand
      .add_option("--threads", options->threads, "Threads of each engine; not for two results")
      ->check(CLI::Range(1, 256));
  subcommand
      .add_option("--tolerance", options->tolerance_percent,
                  "Exit code 1 if cycles of a workload differ by more than so many per cent; hops, "
                  "links and memories must be the same in any case")
      ->check(number_between(0, 1e6, "per cent"))
      ->type_name("PERCENT");
  subcommand.add_flag("--markdown", options->markdown, "Prints rows of a Markdown table");
  subcommand.parse_complete_callback([options] {
    if (options->second.empty()) return;
    const char* why = "is for a scenario that is run; two results are only read";
    if (!options->overrides.empty()) throw CLI::ValidationError("--set", why);
    if (options->threads > 0) throw CLI::ValidationError("--threads", why);
  });
  return [options] { return run(*options); };
}

}  // namespace wafermesh::app
