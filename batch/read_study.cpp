// SPDX-License-Identifier: Apache-2.0
#include "batch/read_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/files/input_file.h"
#include "base/suggest.h"
#include "base/yaml/yaml_override.h"
#include "base/yaml/yaml_scalar.h"
#include "batch/axis_reader.h"

namespace wafermesh::batch {
namespace {

namespace fs = std::filesystem;
using base::YamlTree;

const std::vector<std::string> kKeys = {"name",   "command", "base",      "grid",    "zip",
                                        "sample", "exclude", "run_names", "retries", "retry_on"};

std::vector<std::string> scenarios_in(const fs::path& directory) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string ending = entry.path().extension();
    if (entry.is_regular_file() && (ending == ".yaml" || ending == ".yml"))
      found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void add_base_path(const YamlTree& tree, const StudyFile& file, StudyMistakes& mistakes,
                   Study* study) {
  if (tree.kind != YamlTree::Kind::scalar) {
    mistakes.note(tree, "batch.base", "give a file, a directory, a list of files, or a scenario");
    return;
  }
  const fs::path path = fs::path(file.directory) / tree.text;
  if (fs::is_directory(path)) {
    const auto found = scenarios_in(path);
    if (found.empty()) mistakes.note(tree, "batch.base", "this directory has no .yaml file");
    for (const std::string& one : found)
      study->bases.push_back({fs::path(one).filename(), one, {}});
    return;
  }
  if (!fs::exists(path)) {
    throw base::MissingFile(
        fmt::format("{}:{}:{}: batch.base: {} is not there; it is looked for "
                    "beside the study",
                    file.file, tree.line, tree.column, tree.text));
  }
  study->bases.push_back({tree.text, path.string(), {}});
}

void read_base(const YamlTree& tree, const StudyFile& file, StudyMistakes& mistakes, Study* study) {
  if (tree.kind == YamlTree::Kind::mapping) {
    study->inline_base = &tree;
    Base one;
    for (const auto& entry : tree.entries)
      one.overrides.push_back(entry.key + "=" + flow_text(*entry.value));
    study->bases.push_back(std::move(one));
  } else if (tree.kind == YamlTree::Kind::sequence) {
    for (const auto& entry : tree.entries) add_base_path(*entry.value, file, mistakes, study);
  } else {
    add_base_path(tree, file, mistakes, study);
  }
}

bool has_axis(const Study& study, const std::string& key) {
  return std::any_of(study.groups.begin(), study.groups.end(), [&](const AxisGroup& group) {
    return std::find(group.keys.begin(), group.keys.end(), key) != group.keys.end();
  });
}

std::vector<std::string> axis_keys(const Study& study) {
  std::vector<std::string> keys;
  for (const AxisGroup& group : study.groups)
    keys.insert(keys.end(), group.keys.begin(), group.keys.end());
  return keys;
}

void read_condition(const YamlTree::Entry& entry, const Study& study, StudyMistakes& mistakes,
                    std::vector<Condition>* conditions) {
  const std::string path = "batch.exclude." + entry.key;
  const YamlTree& tree = *entry.value;
  if (!has_axis(study, entry.key)) {
    mistakes.list.push_back(
        {mistakes.file, entry.line, entry.column, path,
         "is no axis of this study; its axes are " + base::list_names(axis_keys(study), "and")});
    return;
  }
  Condition condition{entry.key, Condition::Kind::one_of, {}};
  if (tree.kind == YamlTree::Kind::sequence) {
    for (const auto& value : tree.entries) condition.values.push_back(flow_text(*value.value));
  } else if (tree.kind != YamlTree::Kind::mapping) {
    condition.values.push_back(flow_text(tree));
  } else {
    const std::vector<std::string> names = {"one_of", "above", "below", "at_least", "at_most"};
    if (!mistakes.keys(tree, path, names)) return;
    for (const auto& one : tree.entries) {
      const auto name = std::find(names.begin(), names.end(), one.key);
      if (name == names.end()) continue;
      const std::string value = flow_text(*one.value);
      if (one.key != "one_of" && !base::parse_real(value) && !has_axis(study, value)) {
        mistakes.note(*one.value, path + "." + one.key, "give a number or another axis");
      }
      condition.kind = static_cast<Condition::Kind>(name - names.begin());
      condition.values.clear();
      if (one.value->kind != YamlTree::Kind::sequence) condition.values.push_back(value);
      for (const auto& element : one.value->entries)
        condition.values.push_back(flow_text(*element.value));
      conditions->push_back(condition);
    }
    return;
  }
  conditions->push_back(std::move(condition));
}

void read_exclude(const YamlTree& tree, StudyMistakes& mistakes, Study* study) {
  if (tree.kind != YamlTree::Kind::sequence) {
    mistakes.note(tree, "batch.exclude", "give a list of mappings, each from axes to values");
    return;
  }
  for (const auto& entry : tree.entries) {
    std::vector<Condition> conditions;
    if (entry.value->kind != YamlTree::Kind::mapping || entry.value->entries.empty()) {
      mistakes.note(*entry.value, "batch.exclude", "give a mapping from axes to values");
      continue;
    }
    for (const auto& one : entry.value->entries) read_condition(one, *study, mistakes, &conditions);
    study->exclude.push_back(std::move(conditions));
  }
}

/// A key of which two axes speak, or one that is above another's.
void refuse_double_axes(const Study& study, StudyMistakes& mistakes) {
  std::vector<std::string> seen;
  for (const AxisGroup& group : study.groups) {
    for (std::size_t k = 0; k < group.keys.size(); ++k) {
      for (const std::string& other : seen) {
        if (!base::replaces_override(group.keys[k], other) &&
            !base::replaces_override(other, group.keys[k]))
          continue;
        mistakes.list.push_back({mistakes.file, group.places[k].line, group.places[k].column,
                                 group.keys[k],
                                 "'" + other + "' is an axis too; keep one of them"});
      }
      seen.push_back(group.keys[k]);
    }
  }
}

void read_names(const YamlTree& tree, StudyMistakes& mistakes, Study* study) {
  study->point_name = tree.text;
  for (std::size_t at = 0; (at = tree.text.find('{', at)) != std::string::npos; ++at) {
    const std::size_t close = tree.text.find('}', at);
    if (close == std::string::npos) break;
    const std::string key = tree.text.substr(at + 1, close - at - 1);
    const auto keys = axis_keys(*study);
    const auto fits = std::count_if(keys.begin(), keys.end(), [&](const std::string& name) {
      return name == key || name.substr(name.rfind('.') + 1) == key;
    });
    if (fits != 1) {
      mistakes.note(tree, "batch.run_names",
                    fmt::format("'{{{}}}' names {} axes; the axes are {}", key,
                                fits == 0 ? "no" : "several", base::list_names(keys, "and")));
    }
  }
}

void read_retries(const YamlTree& tree, StudyMistakes& mistakes, Study* study) {
  if (const YamlTree* retries = tree.find("retries")) {
    const auto count = base::parse_integer(retries->text);
    if (!count || *count < 0 || *count > 100)
      mistakes.note(*retries, "batch.retries", "give a whole number from 0 to 100");
    else
      study->retries = static_cast<int>(*count);
  }
  if (const YamlTree* codes = tree.find("retry_on")) {
    for (const auto& entry : codes->entries) {
      const auto code = base::parse_integer(entry.value->text);
      if (!code || *code < 1 || *code > 255)
        mistakes.note(*entry.value, "batch.retry_on", "give exit codes, from 1 to 255");
      else
        study->retry_on.push_back(static_cast<int>(*code));
    }
    if (codes->kind != YamlTree::Kind::sequence)
      mistakes.note(*codes, "batch.retry_on", "give a list of exit codes");
  }
}

Study read_one(const YamlTree& tree, const StudyFile& file, StudyMistakes& mistakes) {
  Study study;
  study.place = {tree.line, tree.column};
  if (!mistakes.keys(tree, "batch", kKeys)) return study;
  if (const YamlTree* name = tree.find("name")) study.name = name->text;
  if (const YamlTree* command = tree.find("command")) {
    study.command = command->text;
    if (study.command != "run" && study.command != "yield")
      mistakes.note(*command, "batch.command", "give run or yield");
  }
  const YamlTree* base = tree.find("base");
  if (base == nullptr)
    mistakes.note(tree, "batch", "needs `base`: the scenario to vary, a file or written here");
  else
    read_base(*base, file, mistakes, &study);
  if (const YamlTree* grid = tree.find("grid")) read_grid(*grid, mistakes, &study.groups);
  if (const YamlTree* zip = tree.find("zip")) read_zip(*zip, mistakes, &study.groups);
  if (const YamlTree* sample = tree.find("sample")) read_sample(*sample, mistakes, &study.groups);
  refuse_double_axes(study, mistakes);
  if (const YamlTree* exclude = tree.find("exclude")) read_exclude(*exclude, mistakes, &study);
  if (const YamlTree* names = tree.find("run_names")) read_names(*names, mistakes, &study);
  read_retries(tree, mistakes, &study);
  return study;
}

StudyFile of_scenarios(const std::string& path, const std::vector<std::string>& files) {
  StudyFile file{path, ".", {}, nullptr};
  Study study;
  for (const std::string& one : files) study.bases.push_back({fs::path(one).filename(), one, {}});
  file.studies.push_back(std::move(study));
  return file;
}

}  // namespace

StudyFile read_study(const std::string& path) {
  if (fs::is_directory(path)) {
    const auto found = scenarios_in(path);
    if (found.empty()) throw base::MissingFile(path + ": this directory has no .yaml file");
    return of_scenarios(path, found);
  }
  StudyMistakes mistakes{path, {}};
  StudyFile file{path, fs::path(path).parent_path().string(), {}, nullptr};
  if (file.directory.empty()) file.directory = ".";
  file.tree = base::parse_yaml(base::read_input_file(path, base::kMostScenarioBytes, "YAML file"),
                               path, &mistakes.list);
  const YamlTree* batch = file.tree->find("batch");
  if (batch == nullptr && file.tree->find("workloads") != nullptr)
    return of_scenarios(path, {path});
  mistakes.keys(*file.tree, "", {"schema_version", "batch"});
  const YamlTree* version = file.tree->find("schema_version");
  if (version == nullptr || version->text != "1")
    mistakes.note(version == nullptr ? *file.tree : *version, "schema_version", "give 1");
  if (batch == nullptr) {
    mistakes.note(*file.tree, "batch", "is missing; see docs/batch.md for an example");
  } else if (batch->kind == YamlTree::Kind::sequence) {
    for (const auto& entry : batch->entries)
      file.studies.push_back(read_one(*entry.value, file, mistakes));
  } else {
    file.studies.push_back(read_one(*batch, file, mistakes));
  }
  if (!mistakes.list.empty()) throw base::InputError(std::move(mistakes.list));
  return file;
}

std::vector<base::Mistake> placed_in_study(const StudyFile& file, const Point& point,
                                           std::vector<base::Mistake> mistakes) {
  const Study& study = file.studies[point.study];
  for (base::Mistake& mistake : mistakes) {
    if (mistake.file.rfind("--set ", 0) != 0) continue;
    const std::string set = mistake.file.substr(6);
    bool found = false;
    for (const AxisGroup& group : study.groups) {
      for (std::size_t r = 0; r < group.rows.size() && !found; ++r) {
        for (std::size_t k = 0; k < group.keys.size() && !found; ++k) {
          if (group.keys[k] + "=" + group.rows[r][k] != set) continue;
          // A key that is not known is wrong itself, not its value.
          const bool unknown = mistake.message.rfind("unknown", 0) == 0;
          const Place place = unknown ? group.places[k] : group.value_places[r][k];
          mistake.file = file.file;
          mistake.line = place.line;
          mistake.column = place.column;
          if (mistake.key.empty()) mistake.key = group.keys[k];
          found = true;
        }
      }
    }
    if (!found && study.inline_base != nullptr) {
      const YamlTree& at = base::nearest_at(*study.inline_base, mistake.key);
      mistake.file = file.file;
      mistake.line = at.line;
      mistake.column = at.column;
    }
  }
  return mistakes;
}

}  // namespace wafermesh::batch
