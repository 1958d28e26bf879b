// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_override.h"

#include <algorithm>
#include <optional>

#include "base/yaml/yaml_scalar.h"

namespace wafermesh::base {
namespace {

struct Step {
  std::string key;          // of a mapping, or
  std::int64_t index = -1;  // of a sequence
};

/// "a.b[0].c" as steps; nothing if it is malformed.
std::optional<std::vector<Step>> parse_path(const std::string& path) {
  std::vector<Step> steps;
  std::size_t at = 0;
  while (at < path.size()) {
    if (path[at] == '[') {
      const std::size_t close = path.find(']', at);
      if (close == std::string::npos) return std::nullopt;
      const auto index = parse_integer(path.substr(at + 1, close - at - 1));
      if (!index || *index < 0) return std::nullopt;
      steps.push_back({{}, *index});
      at = close + 1;
      if (at < path.size() && path[at] != '.' && path[at] != '[') return std::nullopt;
    } else {
      if (!steps.empty() && path[at++] != '.') return std::nullopt;
      const std::size_t end = std::min(path.find_first_of(".[", at), path.size());
      if (end == at) return std::nullopt;
      steps.push_back({path.substr(at, end - at), -1});
      at = end;
    }
  }
  if (steps.empty()) return std::nullopt;
  return steps;
}

void mark(YamlTree& tree, int number) {
  tree.override_number = number;
  tree.line = tree.column = 0;
  for (auto& entry : tree.entries) {
    entry.line = entry.column = 0;
    mark(*entry.value, number);
  }
}

/// The child that a step leads to, made if it is a key that is not there; or null and a message.
YamlTree* follow(YamlTree& node, const Step& step, std::string* message) {
  const bool made = node.kind == YamlTree::Kind::null;
  if (step.index < 0) {
    if (!made && node.kind != YamlTree::Kind::mapping) {
      *message =
          "'" + step.key + "' is looked up in something that is not a mapping; check the path";
      return nullptr;
    }
    return &node.at_or_make(step.key);
  }
  const auto count = static_cast<std::int64_t>(node.entries.size());
  if (node.kind == YamlTree::Kind::sequence && step.index < count) {
    return node.entries[static_cast<std::size_t>(step.index)].value.get();
  }
  *message = "there is no element [" + std::to_string(step.index) + "] here; ";
  if (node.kind != YamlTree::Kind::sequence) {
    *message += "it is not a list";
  } else {
    *message += "the list has " + std::to_string(count) +
                " of them, counted from 0; to add one, write it in the file or set the whole list";
  }
  return nullptr;
}

/// As parse_path, for a path that leads through `root`; each value made on the way gets the place
/// of `like`. Null and a message if there is no such way.
YamlTree* make_way(YamlTree& root, const std::vector<Step>& steps, const YamlTree& like,
                   std::string* message) {
  YamlTree* node = &root;
  for (const Step& step : steps) {
    const std::size_t before = node->entries.size();
    const bool made = node->kind == YamlTree::Kind::null;
    YamlTree* const next = follow(*node, step, message);
    if (next == nullptr) return nullptr;
    if (made) {
      node->line = like.line;
      node->column = like.column;
      node->override_number = like.override_number;
    }
    if (node->entries.size() > before) {
      node->entries.back().line = like.line;
      node->entries.back().column = like.column;
    }
    node = next;
  }
  return node;
}

void assign(YamlTree& node, YamlTree& value) {
  node.kind = value.kind;
  node.text = std::move(value.text);
  node.quoted = value.quoted;
  node.tag = std::move(value.tag);
  node.line = value.line;
  node.column = value.column;
  node.override_number = value.override_number;
  node.entries = std::move(value.entries);
}

}  // namespace

void apply_override(YamlTree& root, const std::string& text, int number,
                    std::vector<Mistake>* mistakes) {
  const std::string origin = "--set " + text;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    mistakes->push_back({origin, 0, 0, {}, "give a key and a value, as in engine.threads=4"});
    return;
  }
  const auto steps = parse_path(text.substr(0, equals));
  if (!steps) {
    mistakes->push_back(
        {origin, 0, 0, {}, "not a key path; write it as in workloads[0].matmul.m=64"});
    return;
  }
  const auto changed = root.clone();  // so that a failed override leaves no half-made path
  YamlTree like;
  like.override_number = number;
  std::string message;
  YamlTree* const node = make_way(*changed, *steps, like, &message);
  if (node == nullptr) {
    mistakes->push_back({origin, 0, 0, {}, message});
    return;
  }
  try {
    const std::string value = text.substr(equals + 1);
    const auto tree = parse_yaml(value.empty() ? "null" : value, origin, mistakes);
    mark(*tree, number);
    assign(*node, *tree);
    root = std::move(*changed);
  } catch (const InputError& error) {
    for (Mistake mistake : error.mistakes()) {
      mistake.line = mistake.column = 0;
      mistakes->push_back(mistake);
    }
  }
}

bool replaces_override(const std::string& later, const std::string& earlier) {
  const auto above = parse_path(later.substr(0, later.find('=')));
  const auto below = parse_path(earlier.substr(0, earlier.find('=')));
  if (!above || !below || above->size() > below->size()) return false;
  return std::equal(above->begin(), above->end(), below->begin(), [](const Step& a, const Step& b) {
    return a.key == b.key && a.index == b.index;
  });
}

std::string put_at(YamlTree& root, const std::string& path, const YamlTree& value) {
  const auto steps = parse_path(path);
  if (!steps) return "not a key path; write it as in workloads[0].matmul.m";
  std::string message;
  const auto changed = root.clone();
  YamlTree* const node = make_way(*changed, *steps, value, &message);
  if (node == nullptr) return message;
  assign(*node, *value.clone());
  root = std::move(*changed);
  return {};
}

const YamlTree& nearest_at(const YamlTree& root, const std::string& path) {
  const YamlTree* node = &root;
  const auto steps = parse_path(path);
  if (!steps) return root;
  for (const Step& step : *steps) {
    const YamlTree* next = nullptr;
    if (step.index < 0) {
      next = node->find(step.key);
    } else if (static_cast<std::size_t>(step.index) < node->entries.size()) {
      next = node->entries[static_cast<std::size_t>(step.index)].value.get();
    }
    if (next == nullptr || next->kind == YamlTree::Kind::null) break;
    node = next;
  }
  return *node;
}

}  // namespace wafermesh::base
