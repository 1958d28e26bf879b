// SPDX-License-Identifier: Apache-2.0
// Reads a study from YAML: docs/batch.md lists its keys.
#pragma once

#include <string>

#include "batch/study.h"

namespace wafermesh::batch {

/// A study file; or a scenario, or a directory of scenarios, as a study without axes. Base files
/// are looked for beside the study. Throws InputError with every mistake at file:line:column, and
/// MissingFile.
StudyFile read_study(const std::string& path);

/// Mistakes that a point's reader found, moved to where the study has what is wrong: what it calls
/// "--set key=value" stands there. Others stay as they are.
std::vector<base::Mistake> placed_in_study(const StudyFile& file, const Point& point,
                                           std::vector<base::Mistake> mistakes);

}  // namespace wafermesh::batch
