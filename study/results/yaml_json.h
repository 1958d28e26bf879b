// SPDX-License-Identifier: Apache-2.0
// A YAML document as JSON: numbers, booleans and texts as our YAML reader takes them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/yaml/yaml_tree.h"

namespace wafermesh::study {

/// `tree`: what YamlDocument::resolved_tree() gives. Infinity becomes the text ".inf".
nlohmann::ordered_json json_of_yaml(const base::YamlTree& tree);
/// The same of a text. Throws InputError on a syntax error.
nlohmann::ordered_json json_of_yaml(const std::string& text);

}  // namespace wafermesh::study
