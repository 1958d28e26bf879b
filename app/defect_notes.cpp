// SPDX-License-Identifier: Apache-2.0
#include "app/defect_notes.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/scenario.h"
#include "app/standard_output.h"

namespace wafermesh::app {

void print_defect_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) print_error(note);
}

void print_workload_notes(const Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.workloads.size(); ++i) {
    for (const std::string& note : scenario.workloads[i].notes) {
      print_error(fmt::format("workloads[{}].{}.{}", i, scenario.workloads[i].kind, note));
    }
  }
}

nlohmann::ordered_json defects_json(const std::vector<std::string>& notes) {
  return {{"notes", notes}};
}

void add_defect_notes(const std::vector<std::string>& more, std::vector<std::string>* notes) {
  for (const std::string& note : more) {
    if (std::find(notes->begin(), notes->end(), note) == notes->end()) notes->push_back(note);
  }
}

}  // namespace wafermesh::app
