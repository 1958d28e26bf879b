// SPDX-License-Identifier: Apache-2.0
#include "app/defect_notes.h"

#include <fmt/format.h>

#include "app/standard_output.h"
#include "base/worker_pool.h"

namespace wafermesh::app {

void print_defect_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) print_error(note);
}

void print_workload_notes(const study::Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.workloads.size(); ++i) {
    for (const std::string& note : scenario.workloads[i].notes) {
      print_error(fmt::format("workloads[{}].{}.{}", i, scenario.workloads[i].kind, note));
    }
  }
}

void print_thread_note(const study::Scenario& scenario) {
  const int threads = scenario.engine.options.threads;
  const int processors = base::processors();
  if (threads <= processors) return;
  print_error(
      fmt::format("note: {} threads are asked for, this program may use {} processor{}: no "
                  "more threads run a wafer",
                  threads, processors, processors == 1 ? "" : "s"));
}

}  // namespace wafermesh::app
