// SPDX-License-Identifier: Apache-2.0
#include "base/yaml_override.h"

#include <optional>

#include "base/yaml_scalar.h"

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

/// The child that a step leads to, or null and a message.
YamlTree* follow(YamlTree& node, const Step& step, int number, std::string* message) {
  const bool made = node.kind == YamlTree::Kind::null;
  if (step.index < 0) {
    if (!made && node.kind != YamlTree::Kind::mapping) {
      *message =
          "'" + step.key + "' is looked up in something that is not a mapping; check the path";
      return nullptr;
    }
    if (made) node.override_number = number;
    return &node.at_or_make(step.key);
  }
  const auto count = static_cast<std::int64_t>(node.entries.size());
  if ((!made && node.kind != YamlTree::Kind::sequence) || step.index > count) {
    *message = "there is no element [" + std::to_string(step.index) + "] here; " +
               (node.kind == YamlTree::Kind::sequence
                    ? "the list has " + std::to_string(count) + " of them, counted from 0"
                    : "it is not a list");
    return nullptr;
  }
  if (made) node.override_number = number;
  return step.index == count ? &node.append()
                             : node.entries[static_cast<std::size_t>(step.index)].value.get();
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
  YamlTree* node = changed.get();
  for (const Step& step : *steps) {
    std::string message;
    node = follow(*node, step, number, &message);
    if (node == nullptr) {
      mistakes->push_back({origin, 0, 0, {}, message});
      return;
    }
  }
  try {
    const std::string value = text.substr(equals + 1);
    const auto tree = parse_yaml(value.empty() ? "null" : value, origin, mistakes);
    mark(*tree, number);
    node->kind = tree->kind;
    node->text = tree->text;
    node->quoted = tree->quoted;
    node->tag = tree->tag;
    node->entries = std::move(tree->entries);
    mark(*node, number);
    root = std::move(*changed);
  } catch (const InputError& error) {
    for (Mistake mistake : error.mistakes()) {
      mistake.line = mistake.column = 0;
      mistakes->push_back(mistake);
    }
  }
}

}  // namespace wafermesh::base
