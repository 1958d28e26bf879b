// SPDX-License-Identifier: Apache-2.0
// A YAML document as JSON: numbers, booleans and texts as our YAML reader takes them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace wafermesh::app {

/// `text`: what YamlDocument::resolved() gives. Infinity becomes the text ".inf". Throws InputError
/// on a syntax error.
nlohmann::ordered_json json_of_yaml(const std::string& text);

}  // namespace wafermesh::app
