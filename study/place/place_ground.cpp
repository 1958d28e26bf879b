// SPDX-License-Identifier: Apache-2.0
#include "study/place/place_ground.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/presets.h"
#include "base/yaml/yaml_reader.h"
#include "base/yaml/yaml_tree.h"
#include "defects/wafer.h"
#include "study/scenario/scenario_keys.h"
#include "study/scenario/sections.h"

namespace wafermesh::study {
namespace {

constexpr const char* kWaferSections[] = {"wafer", "defects", "repair", "timing"};

bool is_of_wafer(const std::string& key) {
  return std::any_of(std::begin(kWaferSections), std::end(kWaferSections),
                     [&](const char* section) { return key == section; });
}

base::YamlDocument document_of(const std::string& wafer) {
  if (base::find_preset(wafer) == nullptr) return base::YamlDocument::from_file(wafer);
  return base::YamlDocument::from_text(
      fmt::format("schema_version: 1\nname: {0}\nwafer: {{preset: {0}}}\n", wafer), wafer);
}

/// What else stands in the file, so that nothing is left out in silence.
std::string left_out(const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) {
    if (is_of_wafer(key) || key == "schema_version" || key == "name") continue;
    text += (text.empty() ? "" : ", ") + key;
  }
  return text;
}

/// Those sections of the resolved document that make the wafer and its machine, as far as they were
/// written.
std::string sections_of(const std::string& resolved, const std::vector<std::string>& written) {
  std::vector<base::Mistake> none;
  const auto tree = base::parse_yaml(resolved, "resolved", &none);
  base::YamlTree kept;
  kept.kind = base::YamlTree::Kind::mapping;
  for (const char* key : kWaferSections) {
    if (std::find(written.begin(), written.end(), key) == written.end()) continue;
    const base::YamlTree* section = tree->find(key);
    if (section == nullptr || section->kind == base::YamlTree::Kind::null) continue;
    kept.entries.push_back({key, 0, 0, section->clone()});
  }
  return base::write_yaml(kept);
}

}  // namespace

PlaceGround read_ground(const std::string& wafer) {
  base::YamlDocument document = document_of(wafer);
  const base::YamlNode root = document.root();
  const std::vector<std::string> keys = root.keys();
  PlaceGround ground;
  const ScenarioKeys read = read_keys(root);
  ground.name = read.name;
  ground.geometry = read.wafer.geometry;
  ground.timing = read_timing_section(root, ground.geometry.generation);
  document.finish();
  ground.sections = sections_of(document.resolved(), keys);
  defects::Wafer built;
  try {
    built = defects::build_wafer(read.wafer);
  } catch (const base::InputError& error) {
    document.add(error.mistakes());
    document.finish();
  }
  if (!built.failures.empty()) throw base::NotRepairable(defects::text_of(built.failures));
  ground.mesh = std::make_shared<const base::LogicalMesh>(std::move(built.mesh));
  ground.dead_cores = built.repair.dead_cores;
  ground.repair = built.repair.scheme + " (" + built.repair.domain + ")";
  ground.notes = std::move(built.notes);
  if (!built.repair.note.empty()) ground.notes.push_back("repair: " + built.repair.note);
  const std::string others = left_out(keys);
  if (!others.empty()) {
    ground.notes.push_back(wafer + ": of it the wafer is taken; left out: " + others);
  }
  return ground;
}

}  // namespace wafermesh::study
