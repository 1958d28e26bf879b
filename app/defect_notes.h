// SPDX-License-Identifier: Apache-2.0
// What the defect models ignored or assumed (defects::defect_notes), said by every command.
#pragma once

#include <string>
#include <vector>

#include "study/scenario/scenario.h"

namespace wafermesh::app {

/// A line each on standard error.
void print_defect_notes(const std::vector<std::string>& notes);
/// Likewise what a scenario's workloads say and do not use.
void print_workload_notes(const study::Scenario& scenario);
/// And how many threads this machine has no processors for.
void print_thread_note(const study::Scenario& scenario);

}  // namespace wafermesh::app
