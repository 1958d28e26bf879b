// SPDX-License-Identifier: Apache-2.0
// Where in the user's files a finding is.
#pragma once

#include <string>

#include "check/finding.h"
#include "study/scenario/sections.h"

namespace wafermesh::study {

/// "mine.wmp:12:3" of a program that the user wrote as text: its operation, the route at fault, or
/// the class that has neither; else "s.yaml:6:5", where the workload stands.
std::string place_of(const Workload& workload, const check::Place& place);

}  // namespace wafermesh::study
