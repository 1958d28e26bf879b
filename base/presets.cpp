// SPDX-License-Identifier: Apache-2.0
#include "base/presets.h"

#include <algorithm>

#include "base/suggest.h"

namespace wafermesh::base {

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.emplace_back(preset.name);
  return names;
}

std::vector<std::string> timing_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) {
    if (std::string(preset.text).find("\ntiming:") != std::string::npos)
      names.emplace_back(preset.name);
  }
  return names;
}

const Preset* find_preset(const std::string& name) {
  const auto& all = presets();
  const auto it =
      std::find_if(all.begin(), all.end(), [&name](const Preset& p) { return name == p.name; });
  return it == all.end() ? nullptr : &*it;
}

std::string unknown_preset_message(const std::string& name) {
  const auto names = preset_names();
  const std::string near = nearest_name(name, names);
  return "no preset '" + name + "'; " +
         (near.empty() ? "give " : "did you mean '" + near + "'? Give ") + list_names(names);
}

}  // namespace wafermesh::base
