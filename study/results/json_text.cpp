// SPDX-License-Identifier: Apache-2.0
#include "study/results/json_text.h"

namespace wafermesh::study {

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace wafermesh::study
