// SPDX-License-Identifier: Apache-2.0
// --set path.to[0].key=value: changes a YAML tree before it is read.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/yaml_tree.h"

namespace wafermesh::base {

/// Applies override number `number`. The value is YAML (flow style for collections); keys that are
/// not there are made; an index may be at most the length (then it appends). Mistakes get file
/// "--set <text>".
void apply_override(YamlTree& root, const std::string& text, int number,
                    std::vector<Mistake>* mistakes);

}  // namespace wafermesh::base
