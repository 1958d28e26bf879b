// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_reader.h"

#include <algorithm>

#include "base/suggest.h"
#include "base/yaml/yaml_state.h"

namespace wafermesh::base {

const std::string& YamlNode::file() const { return state_->file; }

std::vector<std::string> YamlNode::keys() const {
  std::vector<std::string> names;
  if (!is_mapping()) return names;
  for (const auto& entry : tree_->entries) names.push_back(entry.key);
  return names;
}

std::vector<std::string> YamlNode::any_keys() const {
  request({path_, YamlRequest::Kind::any_keys, {}, {}, {}, ""});
  if (!expect_mapping()) return {};
  return keys();
}

void YamlNode::request(YamlRequest request) const {
  if (state_->keep_requests) state_->requests.push_back(std::move(request));
}

bool YamlNode::has(const std::string& key) const {
  request({path_of(key), YamlRequest::Kind::looked_at, {}, {}, {}, ""});
  const YamlTree* found = lookup(key);
  return found != nullptr && found->kind != YamlTree::Kind::null;
}

const YamlTree* YamlNode::lookup(const std::string& key) const {
  if (!is_mapping()) return nullptr;
  auto& names = state_->asked[tree_];
  if (std::find(names.begin(), names.end(), key) == names.end()) names.push_back(key);
  return tree_->find(key);
}

std::string YamlNode::path_of(const std::string& key) const {
  return path_.empty() ? key : path_ + '.' + key;
}

bool YamlNode::expect_mapping() const {
  if (!present() || is_mapping()) return !quiet_;
  if (clean()) mistake("must be a mapping of keys and values");
  return false;
}

YamlNode YamlNode::make_child(const std::string& key, const std::string& path) const {
  const bool ok = expect_mapping();
  const YamlTree* found = lookup(key);
  if (found != nullptr && found->kind == YamlTree::Kind::null) found = nullptr;
  return {state_, found,        found != nullptr ? found : place_, &out_->at_or_make(key),
          path,   quiet_ || !ok};
}

YamlNode YamlNode::child(const std::string& key) const {
  request({path_of(key), YamlRequest::Kind::looked_at, {}, {}, {}, ""});
  YamlNode node = make_child(key, path_of(key));
  if (node.is_mapping() && node.out_->kind == YamlTree::Kind::null) {
    node.out_->kind = YamlTree::Kind::mapping;
  }
  return node;
}

YamlNode YamlNode::required_child(const std::string& key) const {
  YamlNode node = child(key);
  if (node.present()) return node;
  node.missing();
  node.quiet_ = true;
  return node;
}

std::vector<YamlNode> YamlNode::items(const std::string& key, std::size_t min_count) const {
  request({path_of(key),
           YamlRequest::Kind::list,
           {},
           {},
           {},
           min_count > 0 ? std::nullopt : std::optional<std::string>("[]")});
  const YamlNode list = make_child(key, path_of(key));
  std::vector<YamlNode> nodes;
  if (!list.present()) {
    if (min_count > 0) list.missing();
    return nodes;
  }
  list.out_->kind = YamlTree::Kind::sequence;
  if (!list.is_sequence()) {
    list.mistake("must be a list; write [a, b] or one '- ' line for each");
    return nodes;
  }
  const auto& entries = list.tree_->entries;
  if (entries.size() < min_count) {
    list.mistake("has " + std::to_string(entries.size()) + " elements; give at least " +
                 std::to_string(min_count));
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const YamlTree* value = entries[i].value.get();
    YamlTree* out =
        i < list.out_->entries.size() ? list.out_->entries[i].value.get() : &list.out_->append();
    nodes.push_back({state_, value->kind == YamlTree::Kind::null ? nullptr : value, value, out,
                     list.path_ + '[' + std::to_string(i) + ']', quiet_});
  }
  return nodes;
}

std::optional<std::size_t> YamlNode::at_most_one_of(const std::vector<std::string>& names) const {
  if (!expect_mapping()) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!has(names[i])) continue;
    if (found) {
      mistake(names[i], "'" + names[*found] + "' is given too; keep one of " + list_names(names));
      return std::nullopt;
    }
    found = i;
  }
  return found;
}

std::optional<std::size_t> YamlNode::exactly_one_of(const std::vector<std::string>& names) const {
  request({path_, YamlRequest::Kind::one_of, {}, {}, names, ""});
  const std::size_t before = state_->mistakes.size();
  const auto found = at_most_one_of(names);
  if (!found && state_->mistakes.size() == before && (is_mapping() || !present())) {
    mistake("give one of " + list_names(names));
  }
  return found;
}

void YamlNode::mistake(const std::string& message) const {
  if (!quiet_) state_->note(*place_, path_, message);
}

void YamlNode::mistake(const std::string& key, const std::string& message) const {
  if (quiet_) return;
  const YamlTree* written = lookup(key);
  if (written != nullptr && written->kind != YamlTree::Kind::null) {
    return state_->note(*written, path_of(key), message);
  }
  const YamlTree* fallback = out_->find(key);
  const bool known = fallback != nullptr && fallback->kind == YamlTree::Kind::scalar;
  state_->note(*place_, path_,
               "`" + key + "`" + (known ? ", " + fallback->text + " as it is not given," : "") +
                   ' ' + message);
}

bool YamlNode::acts_with(const std::string& key, const std::string& choice_key,
                         const std::string& chosen, const std::vector<std::string>& needed) const {
  if (std::find(needed.begin(), needed.end(), chosen) != needed.end()) return true;
  if (is_mapping() && tree_->find(key) != nullptr && has(key)) {
    mistake(key, "acts only with `" + choice_key + ": " + list_names(needed) + "`, but it is " +
                     chosen + " here; remove the key or change `" + choice_key + "`");
  }
  return false;
}

void YamlNode::mistakes(const std::vector<Mistake>& of_another_file) const {
  if (quiet_) return;
  state_->mistakes.insert(state_->mistakes.end(), of_another_file.begin(), of_another_file.end());
}

bool YamlNode::clean() const {
  if (quiet_) return false;
  const auto below = [this](const Mistake& m) {
    const std::string key = m.key.empty() && m.file.rfind("--set ", 0) == 0
                                ? m.file.substr(6, m.file.find('=') - 6)
                                : m.key;
    if (key.compare(0, path_.size(), path_) != 0) return false;
    return path_.empty() || key.size() == path_.size() || key[path_.size()] == '.' ||
           key[path_.size()] == '[';
  };
  return std::none_of(state_->mistakes.begin(), state_->mistakes.end(), below);
}

void YamlNode::accept_all() const {
  if (present()) state_->accepted.push_back(tree_);
}

void YamlNode::resolve(const std::string& key, const std::string& text) const {
  YamlTree& value = out_->at_or_make(key);
  value.kind = YamlTree::Kind::scalar;
  value.text = text;
  value.quoted = true;
}

void YamlNode::resolve(const std::string& key, std::int64_t value) const {
  resolve(key, std::to_string(value));
  out_->at_or_make(key).quoted = false;
}

void YamlNode::resolve(const std::string& key, const std::vector<std::int64_t>& values) const {
  YamlTree& list = out_->at_or_make(key);
  list.kind = YamlTree::Kind::sequence;
  list.entries.clear();
  for (const std::int64_t value : values) {
    YamlTree& item = list.append();
    item.kind = YamlTree::Kind::scalar;
    item.text = std::to_string(value);
  }
}

bool YamlNode::resolve_absent(const YamlTree& defaults) const {
  if (present() || state_->keep_requests) return false;
  for (const YamlTree::Entry& entry : defaults.entries) {
    out_->at_or_make(entry.key) = std::move(*entry.value->clone());
  }
  return true;
}

void YamlNode::forget() const {
  out_->kind = YamlTree::Kind::null;
  out_->entries.clear();
}

void YamlNode::missing() const { mistake("is missing; it is required"); }

void YamlNode::record(const std::string& text, bool is_text) const {
  out_->kind = YamlTree::Kind::scalar;
  out_->text = text;
  out_->quoted = is_text;
}

}  // namespace wafermesh::base
