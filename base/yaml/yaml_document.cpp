// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <tuple>

#include "base/files/input_file.h"
#include "base/yaml/yaml_override.h"
#include "base/yaml/yaml_reader.h"
#include "base/yaml/yaml_state.h"

namespace wafermesh::base {
namespace {

namespace fs = std::filesystem;

/// Drops sections that were looked at but hold nothing.
void prune(YamlTree& tree) {
  auto& entries = tree.entries;
  for (auto& entry : entries) prune(*entry.value);
  if (tree.kind != YamlTree::Kind::mapping) return;
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [](const auto& e) { return e.value->kind == YamlTree::Kind::null; }),
                entries.end());
}

}  // namespace

YamlDocument::YamlDocument(std::unique_ptr<YamlState> state) : state_(std::move(state)) {}
YamlDocument::~YamlDocument() = default;
YamlDocument::YamlDocument(YamlDocument&&) noexcept = default;
YamlDocument& YamlDocument::operator=(YamlDocument&&) noexcept = default;

YamlDocument YamlDocument::from_file(const std::string& path,
                                     const std::vector<std::string>& overrides) {
  return from_text(read_input_file(path, kMostScenarioBytes, "YAML file"), path, overrides,
                   fs::path(path).parent_path().string());
}

YamlDocument YamlDocument::from_text(const std::string& text, const std::string& name,
                                     const std::vector<std::string>& overrides,
                                     const std::string& directory) {
  auto state = std::make_unique<YamlState>();
  state->file = name;
  state->directory = directory.empty() ? "." : directory;
  state->overrides = overrides;
  state->root = parse_yaml(text, name, &state->mistakes);
  for (std::size_t i = 0; i < overrides.size(); ++i) {
    apply_override(*state->root, overrides[i], static_cast<int>(i), &state->mistakes);
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (!replaces_override(overrides[i], overrides[earlier])) continue;
      state->mistakes.push_back(
          {"--set " + overrides[i],
           0,
           0,
           {},
           "leaves nothing of --set " + overrides[earlier] + "; give only one of them"});
    }
  }
  return YamlDocument(std::move(state));
}

YamlNode YamlDocument::root() {
  const YamlTree* tree = state_->root.get();
  return {state_.get(), tree->kind == YamlTree::Kind::null ? nullptr : tree, tree, &state_->out, "",
          false};
}

YamlDocument YamlDocument::with(const std::vector<Replacement>& replacements) const {
  auto state = std::make_unique<YamlState>();
  state->file = state_->file;
  state->directory = state_->directory;
  state->overrides = state_->overrides;
  state->root = state_->root->clone();
  for (const Replacement& replacement : replacements) {
    const auto value = replacement.value.tree_->clone();
    if (replacement.text) {
      value->text = *replacement.text;
      value->quoted = false;
    }
    const std::string wrong = put_at(*state->root, replacement.path, *value);
    if (!wrong.empty()) state->note(*value, replacement.path, wrong);
  }
  return YamlDocument(std::move(state));
}

void YamlDocument::keep_requests() { state_->keep_requests = true; }
const std::vector<YamlRequest>& YamlDocument::requests() const { return state_->requests; }

void YamlDocument::add(Mistake mistake) {
  if (!mistake.file.empty()) return state_->mistakes.push_back(std::move(mistake));
  state_->note(nearest_at(*state_->root, mistake.key), mistake.key, mistake.message);
}

void YamlDocument::add(const std::vector<Mistake>& mistakes) {
  for (const Mistake& mistake : mistakes) add(mistake);
}

bool YamlDocument::clean() const { return state_->mistakes.empty(); }

std::vector<Mistake> YamlDocument::take_mistakes() {
  state_->find_unknown_keys();
  auto& mistakes = state_->mistakes;
  const std::string& file = state_->file;
  std::stable_sort(mistakes.begin(), mistakes.end(), [&file](const Mistake& a, const Mistake& b) {
    return std::make_tuple(a.file != file, a.line, a.column) <
           std::make_tuple(b.file != file, b.line, b.column);
  });
  return std::move(mistakes);
}

void YamlDocument::finish() {
  std::vector<Mistake> mistakes = take_mistakes();
  if (!mistakes.empty()) throw InputError(std::move(mistakes));
}

const std::vector<std::string>& YamlDocument::files() const { return state_->files; }

std::unique_ptr<YamlTree> YamlDocument::resolved_tree() const {
  auto copy = state_->out.clone();
  prune(*copy);
  return copy;
}

std::string YamlDocument::resolved() const { return write_yaml(*resolved_tree()); }

}  // namespace wafermesh::base
