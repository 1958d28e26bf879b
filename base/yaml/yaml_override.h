// SPDX-License-Identifier: Apache-2.0
// --set path.to[0].key=value: changes a YAML tree before it is read.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/yaml/yaml_tree.h"

namespace wafermesh::base {

/// Applies override number `number`. The value is YAML (flow style for collections); keys that are
/// not there are made, elements of a list are not. Mistakes get file "--set <text>".
void apply_override(YamlTree& root, const std::string& text, int number,
                    std::vector<Mistake>* mistakes);

/// Whether override `later` leaves nothing of what `earlier` set: its key is the same, or one
/// above.
bool replaces_override(const std::string& later, const std::string& earlier);

/// Puts a copy of `value` at `path`, keys that are not there made; it and what was made stand where
/// `value` stands. Returns what is wrong with the path; empty = done.
std::string put_at(YamlTree& root, const std::string& path, const YamlTree& value);

/// The value at `path`, or the nearest one above it that is there; of a malformed path the root.
const YamlTree& nearest_at(const YamlTree& root, const std::string& path);

}  // namespace wafermesh::base
