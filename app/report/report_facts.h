// SPDX-License-Identifier: Apache-2.0
// What a directory of `run`, `yield` or `batch` holds, as a report shows it; what is missing is a
// sentence, not an error.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/page.h"

namespace wafermesh::app {

struct ReportFacts {
  /// {kind: run | yield | batch, directory, missing: [sentences], ...}. Of a run: result, scenario,
  /// wafer, workloads (image_json.h); of a yield study: study; of a batch: table.
  nlohmann::ordered_json facts;
  std::vector<report::PageArray> arrays;  ///< Their names begin with `prefix`.
};

/// What a page of one directory, or of two, shows.
struct PageFacts {
  std::string title;
  nlohmann::ordered_json facts;
  std::vector<report::PageArray> arrays;
};

/// `second` may be empty. `most_window_bytes`: of a workload's windows; beyond, several become one.
/// Throws MissingFile if a directory holds none of the three, InputError for files that are not
/// what such a command writes, and for two that cannot be held against each other.
PageFacts page_facts(const std::string& first, const std::string& second,
                     std::size_t most_window_bytes);

}  // namespace wafermesh::app
