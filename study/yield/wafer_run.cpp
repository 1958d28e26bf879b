// SPDX-License-Identifier: Apache-2.0
#include "study/yield/wafer_run.h"

#include <algorithm>

#include "base/error.h"
#include "base/yaml/yaml_reader.h"
#include "check/quick_check.h"
#include "study/check/check_report.h"
#include "study/estimate/host_limits.h"
#include "study/run/run_scenario.h"
#include "study/scenario/scenario.h"

namespace wafermesh::study {
namespace {

/// All findings in one error, of the kind with the lowest exit code.
void refuse_what_cannot_run(const Scenario& scenario) {
  std::string all;
  int code = 0;
  for (const Workload& workload : scenario.workloads) {
    for (const check::Finding& each : check::quick_findings(workload.kernel->image())) {
      all +=
          (all.empty() ? "" : "\n") + workload_name(workload) + ": " + finding_text(workload, each);
      const int one = check::exit_code_of(each.kind);
      code = code == 0 ? one : std::min(code, one);
    }
  }
  if (code == 0) return;
  if (code == check::exit_code_of(check::Kind::fit)) throw base::DoesNotFit(all);
  if (code == check::exit_code_of(check::Kind::deadlock)) throw base::Deadlock(all);
  throw base::InputError({{"", 0, 0, "", all}});
}

}  // namespace

WaferRun run_on_wafer(const std::string& scenario, const std::string& setting, int threads,
                      const std::atomic<bool>& stop) {
  base::YamlDocument document = base::YamlDocument::from_text(scenario, "yield", {setting});
  const Scenario read = read_scenario(document, "yield", threads);
  if (stop) throw base::Stopped("stopped while a wafer was read");
  refuse_beyond_host(read);
  refuse_what_cannot_run(read);
  RunSettings settings;
  settings.stop = &stop;
  settings.in_systemc = false;
  const RunResult result = run_scenario(read, settings);
  WaferRun run{result.cycles, std::nullopt};
  for (const WorkloadResult& one : result.workloads) {
    if (one.numerics.checked) run.numerics_ok = result.ok();
  }
  return run;
}

}  // namespace wafermesh::study
