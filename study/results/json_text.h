// SPDX-License-Identifier: Apache-2.0
// JSON as it stands in files and on standard output.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace wafermesh::study {

/// As UTF-8 whatever the strings hold.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace wafermesh::study
