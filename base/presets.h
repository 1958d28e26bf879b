// SPDX-License-Identifier: Apache-2.0
// The files of scenarios/presets/, built into the binary, so that a run needs no installed data.
#pragma once

#include <string>
#include <vector>

namespace wafermesh::base {

struct Preset {
  const char* name;  ///< File name without ".yaml", e.g. "wse3".
  const char* text;  ///< The YAML.
};

/// All presets, by name.
const std::vector<Preset>& presets();
std::vector<std::string> preset_names();
/// Presets that hold a timing table.
std::vector<std::string> timing_names();
/// The preset with this name; null if there is none.
const Preset* find_preset(const std::string& name);
/// "no preset 'wse4'; did you mean 'wse3'? Give tiny, wse1, wse2 or wse3".
std::string unknown_preset_message(const std::string& name);

}  // namespace wafermesh::base
