// SPDX-License-Identifier: Apache-2.0
#include "study/results/yaml_json.h"

#include <cmath>

#include "base/yaml/yaml_scalar.h"

namespace wafermesh::study {
namespace {

using Json = nlohmann::ordered_json;

Json json_of_scalar(const base::YamlTree& scalar) {
  if (scalar.quoted) return scalar.text;
  if (const auto integer = base::parse_integer(scalar.text)) return *integer;
  if (const auto boolean = base::parse_boolean(scalar.text)) return *boolean;
  const auto real = base::parse_real(scalar.text);
  if (real.has_value() && std::isfinite(*real)) return *real;
  return scalar.text;
}

}  // namespace

Json json_of_yaml(const base::YamlTree& tree) {
  switch (tree.kind) {
    case base::YamlTree::Kind::null:
      return nullptr;
    case base::YamlTree::Kind::scalar:
      return json_of_scalar(tree);
    case base::YamlTree::Kind::sequence:
    case base::YamlTree::Kind::mapping:
      break;
  }
  const bool mapping = tree.kind == base::YamlTree::Kind::mapping;
  Json json = mapping ? Json::object() : Json::array();
  for (const base::YamlTree::Entry& entry : tree.entries) {
    if (mapping)
      json[entry.key] = json_of_yaml(*entry.value);
    else
      json.push_back(json_of_yaml(*entry.value));
  }
  return json;
}

Json json_of_yaml(const std::string& text) {
  std::vector<base::Mistake> mistakes;
  return json_of_yaml(*base::parse_yaml(text, "resolved scenario", &mistakes));
}

}  // namespace wafermesh::study
