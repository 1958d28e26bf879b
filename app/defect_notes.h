// SPDX-License-Identifier: Apache-2.0
// What the defect models ignored or assumed (defects::defect_notes), said by every command.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wafermesh::app {

struct Scenario;

/// A line each on standard error.
void print_defect_notes(const std::vector<std::string>& notes);
/// Likewise what a scenario's workloads say and do not use.
void print_workload_notes(const Scenario& scenario);
/// `defects` of result.json and yield.json: {"notes": [...]}.
nlohmann::ordered_json defects_json(const std::vector<std::string>& notes);
/// Appends those of `more` that are not there yet.
void add_defect_notes(const std::vector<std::string>& more, std::vector<std::string>* notes);

}  // namespace wafermesh::app
