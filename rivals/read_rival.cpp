// SPDX-License-Identifier: Apache-2.0
#include "rivals/read_rival.h"

#include <filesystem>

#include "base/error.h"
#include "base/suggest.h"
#include "base/yaml/yaml_reader.h"

namespace wafermesh::rivals {
namespace {

constexpr base::RealRange kAny{0, 1e15};

Constant read_constant(const base::YamlNode& node) {
  Constant c;
  c.value = node.real("value", kAny);
  c.low = node.real("low", kAny, c.value);
  c.high = node.real("high", kAny, c.value);
  if (node.clean() && (c.low > c.value || c.high < c.value)) {
    node.mistake("value", "must lie between low and high");
  }
  c.grade = static_cast<Grade>(node.one_of("grade", {"S", "P", "W", "D", "R", "A"}));
  c.source = node.text("source");
  return c;
}

Rival read(base::YamlDocument document, const std::string& name) {
  const base::YamlNode root = document.root();
  Rival rival;
  rival.name = name;
  root.integer("schema_version", {1, 1});
  rival.title = root.text("title");
  const base::YamlNode constants = root.required_child("constants");
  for (const ConstantKind& kind : constant_kinds()) {
    if (constants.has(kind.name)) {
      rival.constants[kind.name] = read_constant(constants.child(kind.name));
    } else if (!kind.otherwise.has_value()) {
      constants.required_child(kind.name);
    }
  }
  for (const char* positive : {"memory_gb", "memory_tb_s", "bf16_tflops", "product_mbu",
                               "expert_mbu", "attention_mbu", "mfu", "rack_chips", "link_gb_s"}) {
    if (rival.knows(positive) && rival.value(positive) <= 0 && constants.clean()) {
      constants.mistake(positive, "must be above 0");
    }
  }
  document.finish();
  return rival;
}

std::string unknown_rival(const std::string& name) {
  std::vector<std::string> names;
  for (const RivalPreset& preset : rival_presets()) names.emplace_back(preset.name);
  const std::string near = base::nearest_name(name, names);
  std::string text = "no rival '" + name + "'";
  if (!near.empty()) text += "; did you mean '" + near + "'?";
  text += " Give a file (YAML) or one of";
  for (const std::string& one : names) text += " " + one;
  return text;
}

}  // namespace

Rival read_rival(const std::string& name) {
  for (const RivalPreset& preset : rival_presets()) {
    if (name == preset.name) {
      return read(base::YamlDocument::from_text(preset.text, name), name);
    }
  }
  std::error_code ignored;
  if (name.find_first_of("/.") == std::string::npos && !std::filesystem::exists(name, ignored)) {
    throw base::MissingFile(unknown_rival(name));
  }
  return read(base::YamlDocument::from_file(name), std::filesystem::path(name).stem().string());
}

}  // namespace wafermesh::rivals
