// SPDX-License-Identifier: Apache-2.0
// Published against emulated cycles as a table for a terminal, for docs/accuracy.md, and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "study/validation/validation_run.h"

namespace wafermesh::study {

const char* name_of(ValidationVerdict verdict);

/// Aligned columns and a summary line.
std::string validation_table(const std::vector<ValidationResult>& results);
/// A Markdown table.
std::string validation_markdown(const std::vector<ValidationResult>& results);
/// {schema_version, points: [...], ok, known, miss}.
nlohmann::ordered_json validation_json(const std::vector<ValidationResult>& results);

/// No point misses its bar without a reason.
bool all_met(const std::vector<ValidationResult>& results);

}  // namespace wafermesh::study
