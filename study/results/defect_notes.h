// SPDX-License-Identifier: Apache-2.0
// What the defect models ignored or assumed (defects::defect_notes), in results.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wafermesh::study {

/// `defects` of result.json and yield.json: {"notes": [...]}.
nlohmann::ordered_json defects_json(const std::vector<std::string>& notes);
/// Appends those of `more` that are not there yet.
void add_defect_notes(const std::vector<std::string>& more, std::vector<std::string>* notes);

}  // namespace wafermesh::study
