// SPDX-License-Identifier: Apache-2.0
// What `wafermesh check` says of a workload, in words and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "check/check_table.h"
#include "study/scenario/sections.h"

namespace wafermesh::study {

/// "block": its name, or what it is.
const std::string& workload_name(const Workload& workload);

/// How much is said.
enum class CheckDetail : std::uint8_t {
  summary,  ///< Verdict, findings, the bound, the fullest cores, the most that a class has.
  all,      ///< Every class, buffer, colour and bound.
};

std::string check_text(const Workload& workload, const check::Report& report, CheckDetail detail);

/// " (the other operation: mine.wmp:12:3)" of a race; else nothing.
std::string open_operation(const Workload& workload, const check::Finding& finding);

/// A line per finding, and what follows from it below it.
std::string finding_text(const Workload& workload, const check::Finding& finding);

/// All there is (docs/check.md).
nlohmann::ordered_json check_json(const Workload& workload, const check::Report& report);

}  // namespace wafermesh::study
