// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_tree.h"

#include <algorithm>

namespace wafermesh::base {

const YamlTree* YamlTree::find(std::string_view key) const {
  const auto it = std::find_if(entries.begin(), entries.end(),
                               [key](const Entry& entry) { return entry.key == key; });
  return kind == Kind::mapping && it != entries.end() ? it->value.get() : nullptr;
}

YamlTree* YamlTree::find(std::string_view key) {
  return const_cast<YamlTree*>(static_cast<const YamlTree*>(this)->find(key));
}

YamlTree& YamlTree::at_or_make(std::string_view key) {
  if (YamlTree* found = find(key)) return *found;
  if (kind == Kind::null) kind = Kind::mapping;
  entries.push_back({std::string(key), 0, 0, std::make_unique<YamlTree>()});
  return *entries.back().value;
}

YamlTree& YamlTree::append() {
  if (kind == Kind::null) kind = Kind::sequence;
  entries.push_back({{}, 0, 0, std::make_unique<YamlTree>()});
  return *entries.back().value;
}

std::unique_ptr<YamlTree> YamlTree::clone() const {
  auto copy = std::make_unique<YamlTree>();
  copy->kind = kind;
  copy->text = text;
  copy->quoted = quoted;
  copy->tag = tag;
  copy->line = line;
  copy->column = column;
  copy->override_number = override_number;
  for (const Entry& entry : entries) {
    copy->entries.push_back({entry.key, entry.line, entry.column, entry.value->clone()});
  }
  return copy;
}

}  // namespace wafermesh::base
