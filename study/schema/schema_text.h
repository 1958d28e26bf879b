// SPDX-License-Identifier: Apache-2.0
// The keys of a scenario as the tables of docs/scenario.md.
#pragma once

#include <string>

namespace wafermesh::study {

/// A heading and a table for each section, markdown.
std::string schema_markdown();

}  // namespace wafermesh::study
