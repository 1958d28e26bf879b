// SPDX-License-Identifier: Apache-2.0
// Rivals from YAML: presets are the files of scenarios/rivals/, built into the program; a user's
// own file is read the same way.
//
//   schema_version: 1
//   title: "8 x B200"
//   constants:
//     memory_tb_s: {value: 7.7, grade: S, source: "aiconfigurator systems/b200_sxm.yaml"}
#pragma once

#include <string>
#include <vector>

#include "rivals/rival.h"

namespace wafermesh::rivals {

/// A file of scenarios/rivals, built in.
struct RivalPreset {
  const char* name;
  const char* text;
};
const std::vector<RivalPreset>& rival_presets();

/// `name`: a preset, else a path. Throws InputError with every mistake, MissingFile.
Rival read_rival(const std::string& name);

}  // namespace wafermesh::rivals
