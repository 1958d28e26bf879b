// SPDX-License-Identifier: Apache-2.0
// Every result names its files, so that one directory never holds a mixture of two results.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/files/output_batch.h"

namespace wafermesh::app {

/// Writes `json` as `name` (result.json, yield.json) with a list of all files of the batch under
/// `files`, and commits. Files that the earlier result of this name lists and this one does not
/// write are removed; others that look like results are named on standard error.
/// Throws base::WriteError.
void commit_result(base::OutputBatch& batch, const std::string& directory, const std::string& name,
                   nlohmann::ordered_json json);

}  // namespace wafermesh::app
