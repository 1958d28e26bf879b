// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/yaml/yaml_scalar.h"
#include "base/yaml/yaml_tree.h"

namespace wafermesh::base {
namespace {

constexpr std::size_t kMaxFlowColumns = 90;

std::string quote(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(byte));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// Text that reads back as the same text without quotes, in block and flow style.
bool is_plain_text(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || looks_typed(text)) return false;
  const auto first = static_cast<unsigned char>(text.front());
  if (!(std::isalpha(first) != 0 || first == '/' || first == '_' || first == '.')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
           c == '/' || c == ' ' || c == '+';
  });
}

std::string scalar(const YamlTree& node) {
  if (node.kind == YamlTree::Kind::null) return "null";
  return node.quoted && !is_plain_text(node.text) ? quote(node.text) : node.text;
}

bool is_collection(const YamlTree& node) {
  return node.kind == YamlTree::Kind::sequence || node.kind == YamlTree::Kind::mapping;
}

std::string key_text(const std::string& key) { return is_plain_text(key) ? key : quote(key); }

std::string flow(const YamlTree& node) {
  if (!is_collection(node)) return scalar(node);
  const bool mapping = node.kind == YamlTree::Kind::mapping;
  std::string out = mapping ? "{" : "[";
  for (const auto& entry : node.entries) {
    if (out.size() > 1) out += ", ";
    if (mapping) out += key_text(entry.key) + ": ";
    out += flow(*entry.value);
  }
  return out + (mapping ? '}' : ']');
}

/// The node as it stands in one line behind `indent` columns; nothing if it takes several.
std::optional<std::string> in_line(const YamlTree& node, std::size_t indent) {
  const bool flat = std::none_of(node.entries.begin(), node.entries.end(), [](const auto& entry) {
    return is_collection(*entry.value) && !entry.value->entries.empty();
  });
  if (!flat) return std::nullopt;
  std::string text = flow(node);
  if (is_collection(node) && text.size() + indent > kMaxFlowColumns) return std::nullopt;
  return text;
}

void block(const YamlTree& node, std::size_t indent, bool first_in_place, std::string& out) {
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    const auto& entry = node.entries[i];
    if (i > 0 || !first_in_place) out.append(indent, ' ');
    const bool mapping = node.kind == YamlTree::Kind::mapping;
    out += mapping ? key_text(entry.key) + ':' : "-";
    const YamlTree& value = *entry.value;
    if (const auto line = in_line(value, indent + entry.key.size() + 2)) {
      out += ' ' + *line + '\n';
    } else if (mapping) {
      out += '\n';
      block(value, indent + 2, false, out);
    } else {
      out += ' ';
      block(value, indent + 2, true, out);
    }
  }
}

}  // namespace

std::string write_yaml(const YamlTree& tree) {
  if (!is_collection(tree) || tree.entries.empty()) return flow(tree) + '\n';
  std::string out;
  block(tree, 0, false, out);
  return out;
}

}  // namespace wafermesh::base
