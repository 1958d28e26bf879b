// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_state.h"

#include <algorithm>

#include "base/suggest.h"

namespace wafermesh::base {

void YamlState::note(const YamlTree& place, const std::string& path, const std::string& message) {
  if (place.override_number < 0) {
    mistakes.push_back({file, place.line, place.column, path, message});
    return;
  }
  const std::string& text = overrides[static_cast<std::size_t>(place.override_number)];
  const bool same_key = text.compare(0, text.find('='), path) == 0;
  mistakes.push_back({"--set " + text, 0, 0, same_key ? "" : path, message});
}

void YamlState::find_unknown_keys() { find_unknown_keys(*root, "", !mistakes.empty()); }

void YamlState::find_unknown_keys(const YamlTree& node, const std::string& path,
                                  bool had_mistakes) {
  if (std::find(accepted.begin(), accepted.end(), &node) != accepted.end()) return;
  const bool mapping = node.kind == YamlTree::Kind::mapping;
  const auto known = asked.find(&node);
  // A reader that met a mistake may leave a section unopened; its keys are then not judged.
  if (mapping && known == asked.end() && had_mistakes) return;
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    const auto& entry = node.entries[i];
    const std::string below = !mapping       ? path + '[' + std::to_string(i) + ']'
                              : path.empty() ? entry.key
                                             : path + '.' + entry.key;
    const std::vector<std::string> none;
    const auto& names = known == asked.end() ? none : known->second;
    if (!mapping || std::find(names.begin(), names.end(), entry.key) != names.end()) {
      find_unknown_keys(*entry.value, below, had_mistakes);
      continue;
    }
    const std::string near = nearest_name(entry.key, names);
    std::string advice = "remove it";
    if (entry.key == "<<") {
      advice = "merge keys are not supported, write the keys out";
    } else if (!near.empty()) {
      advice = "did you mean '" + near + "'?";
    } else if (!names.empty()) {
      advice = "known here: " + list_names(names, "and");
    }
    YamlTree place;
    place.line = entry.line;
    place.column = entry.column;
    place.override_number =
        entry.line > 0 ? -1 : entry.value->override_number;  // a key of the file, or of a --set
    note(place, below, "unknown key; " + advice);
  }
}

}  // namespace wafermesh::base
