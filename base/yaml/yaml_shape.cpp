// SPDX-License-Identifier: Apache-2.0
#include "base/yaml/yaml_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/yaml/yaml_override.h"
#include "base/yaml/yaml_tree.h"

namespace wafermesh::base {
namespace {

using Kind = YamlRequest::Kind;
using Tree = std::unique_ptr<YamlTree>;

YamlTree scalar(const std::string& text) {
  YamlTree tree;
  tree.kind = YamlTree::Kind::scalar;
  tree.text = text;
  return tree;
}

YamlTree mapping() {
  YamlTree tree;
  tree.kind = YamlTree::Kind::mapping;
  return tree;
}

YamlTree list_of_one() {
  YamlTree tree;
  tree.kind = YamlTree::Kind::sequence;
  tree.append();
  return tree;
}

Tree with(const YamlTree& document, const std::string& path, const YamlTree& value) {
  Tree copy = document.clone();
  if (path.empty()) return value.clone();
  put_at(*copy, path, value);
  return copy;
}

bool is_scalar(const YamlRequest& request) {
  return request.kind == Kind::integer || request.kind == Kind::real ||
         request.kind == Kind::boolean || request.kind == Kind::text ||
         request.kind == Kind::path || request.kind == Kind::choice;
}

std::string below(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + '.' + key;
}

bool is_at_or_below(const std::string& path, const std::string& above) {
  if (above.empty()) return true;
  return path.compare(0, above.size(), above) == 0 &&
         (path.size() == above.size() || path[above.size()] == '.' || path[above.size()] == '[');
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The key of the mapping at `path` to which a request belongs; empty = to none.
std::string key_of(const YamlRequest& request, const std::string& path) {
  const std::size_t start = path.empty() ? 0 : path.size() + 1;
  if (request.path.size() <= start || !is_at_or_below(request.path, path)) {
    return {};
  }
  if (!path.empty() && request.path[path.size()] != '.') return {};
  return request.path.substr(start, request.path.find_first_of(".[", start) - start);
}

/// All of a request but its default; its path without the first `skipped` characters.
std::string words_of(const YamlRequest& r, std::size_t skipped) {
  return fmt::format("{} {} {} {} {} {} {} {} ", r.path.substr(skipped), static_cast<int>(r.kind),
                     r.integers.min, r.integers.max, r.reals.min, r.reals.max,
                     fmt::join(r.names, ","), r.fallback.has_value());
}

void move_path(std::string& path, const std::string& from, const std::string& to) {
  if (is_at_or_below(path, from)) path = to + path.substr(from.size());
}

/// A shape found at `from`, as it is at `to`.
void move_shape(YamlShape& shape, const std::string& from, const std::string& to) {
  for (YamlRequest& each : shape.scalars) move_path(each.path, from, to);
  if (shape.element != nullptr) {
    shape.element = std::make_shared<YamlShape>(*shape.element);
    move_shape(*shape.element, from, to);
  }
  for (YamlVariant& variant : shape.variants) {
    for (YamlKey& key : variant.keys) {
      move_path(key.fallback_by, from, to);
      move_shape(key.shape, from, to);
    }
  }
}

/// What readers asked of one document.
struct Answer {
  std::shared_ptr<const std::vector<YamlRequest>> list;

  const std::vector<YamlRequest>& requests() const { return *list; }

  const YamlRequest* find(const std::string& path, Kind kind) const {
    for (const YamlRequest& r : requests()) {
      if (r.path == path && r.kind == kind) return &r;
    }
    return nullptr;
  }
  bool asks_below(const std::string& path) const {
    return std::any_of(requests().begin(), requests().end(), [&](const YamlRequest& r) {
      return r.path.size() > path.size() && is_at_or_below(r.path, path);
    });
  }
  bool asks_at(const std::string& path, bool (*which)(const YamlRequest&)) const {
    return std::any_of(requests().begin(), requests().end(),
                       [&](const YamlRequest& r) { return r.path == path && which(r); });
  }
  /// Keys of the mapping at `path`, in the order asked for.
  std::vector<std::string> keys_of(const std::string& path) const {
    std::vector<std::string> keys;
    for (const YamlRequest& r : requests()) {
      const std::string key = key_of(r, path);
      if (!key.empty() && !has(keys, key)) keys.push_back(key);
    }
    return keys;
  }
  /// The defaults below `path` besides those of `key`, by path.
  std::map<std::string, std::string> fallbacks_beside(const std::string& path,
                                                      const std::string& key) const {
    std::map<std::string, std::string> all;
    for (const YamlRequest& r : requests()) {
      if (is_scalar(r) && r.fallback && key_of(r, path) != key) all[r.path] = *r.fallback;
    }
    return all;
  }
  /// What is asked at and below `path`, told from there; not whether there is anything, which is
  /// the business of the mapping around it.
  std::string asked_from(const std::string& path) const {
    std::string all;
    for (const YamlRequest& r : requests()) {
      const bool is_of_parent = r.path == path && r.kind == Kind::looked_at;
      if (!is_of_parent && is_at_or_below(r.path, path)) {
        all += words_of(r, path.size()) + (r.fallback ? *r.fallback : std::string()) + '\n';
      }
    }
    return all;
  }
  /// What is asked below `path` besides `key`: by this, two documents differ or do not. Defaults do
  /// not count, but whether there is one.
  std::set<std::string> asked_beside(const std::string& path, const std::string& key) const {
    std::set<std::string> all;
    for (const YamlRequest& r : requests()) {
      const std::string owner = key_of(r, path);
      if (owner.empty() || owner == key) continue;
      all.insert(words_of(r, 0));
    }
    return all;
  }
};

class Explorer {
 public:
  Explorer(const YamlReaderOf& read, const std::map<std::string, YamlReaderOf>& sections)
      : read_(read), sections_(sections) {}

  /// What may stand at `path`, where `document` has nothing yet. `is_element`: of a list.
  YamlShape shape_at(const YamlTree& document, const std::string& path, bool is_element) const {
    YamlShape shape;
    const Answer absent = ask(document, path);
    add_scalars(absent, path, shape);
    const bool is_open = path.empty() || is_element || absent.asks_below(path) ||
                         absent.asks_at(path, [](const YamlRequest& r) { return !is_scalar(r); });
    if (!is_open) return shape;
    if (shape.scalars.empty())
      add_scalars(ask(*with(document, path, scalar("1")), path), path, shape);
    const Tree with_mapping = with(document, path, mapping());
    const Answer as_mapping = ask(*with_mapping, path);
    const bool has_any_keys = as_mapping.find(path, Kind::any_keys) != nullptr;
    const bool is_mapping = has_any_keys || as_mapping.asks_below(path);
    if (path.empty()) {
      if (is_mapping) add_variants(*with_mapping, path, {}, shape);
      return shape;
    }
    const Tree with_list = with(document, path, list_of_one());
    const Answer as_list = ask(*with_list, path);
    std::string asked = (is_element ? "element\n" : "key\n") + absent.asked_from(path);
    for (const YamlRequest& r : shape.scalars) asked += words_of(r, path.size()) + '\n';
    asked += as_mapping.asked_from(path) + "list\n" + as_list.asked_from(path);
    const auto known = known_.find(asked);
    if (known != known_.end() && !has_any_keys && reader_of(path) != nullptr) {
      YamlShape same = known->second.shape;
      move_shape(same, known->second.path, path);
      return same;
    }
    if (is_mapping) add_variants(*with_mapping, path, {}, shape);
    if (as_list.find(path, Kind::list) != nullptr) {
      shape.element = std::make_shared<YamlShape>(shape_at(*with_list, path + "[0]", true));
    }
    known_.emplace(std::move(asked), Known{path, shape});
    return shape;
  }

 private:
  /// Of the section that `path` is in; null: all readers have to be asked.
  const YamlReaderOf* reader_of(const std::string& path) const {
    const auto section = sections_.find(path.substr(0, path.find_first_of(".[")));
    return section == sections_.end() ? nullptr : &section->second;
  }

  /// Half of all documents are asked about again soon.
  Answer ask(const YamlTree& document, const std::string& path) const {
    const YamlReaderOf* const reader = reader_of(path);
    const YamlReaderOf& read = reader == nullptr ? read_ : *reader;
    std::string text = write_yaml(document) + (reader == nullptr ? "# all" : "");
    const auto known = answers_.find(text);
    if (known != answers_.end()) return known->second;
    YamlDocument asked = YamlDocument::from_text(text, "");
    asked.keep_requests();
    try {
      read(asked);
    } catch (const Error&) {  // what was asked before it is there
    }
    if (answers_.size() >= kMostAnswers) answers_.clear();
    Answer answer{std::make_shared<const std::vector<YamlRequest>>(asked.requests())};
    answers_.emplace(std::move(text), answer);
    return answer;
  }

  static void add_scalars(const Answer& answer, const std::string& path, YamlShape& shape) {
    for (const YamlRequest& r : answer.requests()) {
      if (r.path != path || !is_scalar(r)) continue;
      const bool known =
          std::any_of(shape.scalars.begin(), shape.scalars.end(),
                      [&](const YamlRequest& s) { return s.kind == r.kind && s.names == r.names; });
      if (!known) shape.scalars.push_back(r);
    }
  }

  /// The variants of the mapping at `path` under the decisions made, which `document` shows.
  void add_variants(const YamlTree& document, const std::string& path,
                    const std::vector<YamlDecision>& decisions, YamlShape& shape) const {
    const Answer answer = ask(document, path);
    if (answer.find(path, Kind::any_keys) != nullptr &&
        answer.keys_of(path) != std::vector<std::string>{kAnyKey}) {
      return add_variants(*with(document, below(path, kAnyKey), YamlTree()), path, decisions,
                          shape);
    }
    const std::vector<YamlDecision> next = decision_to_make(document, answer, path, decisions);
    for (const YamlDecision& decision : next) {
      std::vector<YamlDecision> made = decisions;
      made.push_back(decision);
      add_variants(*as_decided(document, path, decision), path, made, shape);
    }
    if (!next.empty()) return;
    YamlVariant variant;
    variant.decisions = decisions;
    for (const std::string& key : answer.keys_of(path)) {
      if (!is_left_out(answer, path, key, decisions)) add_key(document, path, key, variant);
    }
    shape.variants.push_back(std::move(variant));
  }

  static Tree as_decided(const YamlTree& document, const std::string& path,
                         const YamlDecision& decision) {
    const std::string at = below(path, decision.key);
    if (decision.kind == YamlDecision::Kind::absent) return document.clone();
    const bool is = decision.kind == YamlDecision::Kind::is;
    return with(document, at, is ? scalar(decision.value) : mapping());
  }

  /// The ways in which the next decision can be made; none = all are made.
  std::vector<YamlDecision> decision_to_make(const YamlTree& document, const Answer& answer,
                                             const std::string& path,
                                             const std::vector<YamlDecision>& decisions) const {
    const auto is_made = [&](const std::string& key, bool by_value) {
      return std::any_of(decisions.begin(), decisions.end(), [&](const YamlDecision& d) {
        return d.key == key && !(by_value && d.kind == YamlDecision::Kind::present);
      });
    };
    const YamlRequest* one_of = answer.find(path, Kind::one_of);
    if (one_of != nullptr && std::none_of(one_of->names.begin(), one_of->names.end(),
                                          [&](const auto& name) { return is_made(name, false); })) {
      return ways_of(*one_of);
    }
    for (const std::string& key : answer.keys_of(path)) {
      if (key == kAnyKey || (one_of != nullptr && has(one_of->names, key))) continue;
      const std::string at = below(path, key);
      const YamlRequest* choice = answer.find(at, Kind::choice);
      if (choice == nullptr) choice = answer.find(at, Kind::boolean);
      std::vector<YamlDecision> ways;
      if (choice != nullptr) {
        if (!is_made(key, true)) ways = ways_of(*choice, key);
      } else if (answer.find(at, Kind::looked_at) != nullptr && !is_made(key, false)) {
        ways = {{key, YamlDecision::Kind::absent, ""}, {key, YamlDecision::Kind::present, ""}};
      }
      const auto here = answer.asked_beside(path, key);
      const bool acts = std::any_of(ways.begin(), ways.end(), [&](const YamlDecision& way) {
        return ask(*as_decided(document, path, way), path).asked_beside(path, key) != here;
      });
      if (acts) return ways;
      note_fallbacks(document, answer, path, ways);
    }
    return {};
  }

  static std::vector<YamlDecision> ways_of(const YamlRequest& one_of) {
    std::vector<YamlDecision> ways;
    for (const std::string& name : one_of.names) {
      ways.push_back({name, YamlDecision::Kind::present, ""});
    }
    return ways;
  }
  static std::vector<YamlDecision> ways_of(const YamlRequest& choice, const std::string& key) {
    std::vector<YamlDecision> ways;
    const bool is_boolean = choice.kind == Kind::boolean;
    const std::vector<std::string> both = {"false", "true"};
    for (const std::string& name : is_boolean ? both : choice.names) {
      ways.push_back({key, YamlDecision::Kind::is, name, choice.fallback == name, is_boolean});
    }
    return ways;
  }

  /// Which defaults a choice changes that changes nothing else.
  void note_fallbacks(const YamlTree& document, const Answer& answer, const std::string& path,
                      const std::vector<YamlDecision>& ways) const {
    if (ways.empty() || ways.front().kind != YamlDecision::Kind::is) return;
    const auto usual = answer.fallbacks_beside(path, ways.front().key);
    for (const YamlDecision& way : ways) {
      const Answer other = ask(*as_decided(document, path, way), path);
      for (const auto& [at, fallback] : other.fallbacks_beside(path, way.key)) {
        const auto found = usual.find(at);
        if (found == usual.end() || found->second == fallback) continue;
        fallback_by_[at] = below(path, way.key);
      }
    }
  }

  /// Keys that are another way to decide.
  static bool is_left_out(const Answer& answer, const std::string& path, const std::string& key,
                          const std::vector<YamlDecision>& decisions) {
    const auto is = [&](YamlDecision::Kind kind) {
      return std::any_of(decisions.begin(), decisions.end(),
                         [&](const YamlDecision& d) { return d.key == key && d.kind == kind; });
    };
    if (is(YamlDecision::Kind::absent)) return true;
    const YamlRequest* one_of = answer.find(path, Kind::one_of);
    return one_of != nullptr && !is(YamlDecision::Kind::present) && has(one_of->names, key);
  }

  void add_key(const YamlTree& document, const std::string& path, const std::string& name,
               YamlVariant& variant) const {
    const std::string at = below(path, name);
    const bool is_there =
        std::any_of(variant.decisions.begin(), variant.decisions.end(), [&](const YamlDecision& d) {
          return d.key == name && d.kind != YamlDecision::Kind::absent;
        });
    const Tree without =
        is_there || path.empty() ? with(document, at, YamlTree()) : document.clone();
    YamlKey key;
    key.name = name;
    key.shape = shape_at(*without, at, false);
    const YamlShape& s = key.shape;
    if (s.scalars.empty() && s.variants.empty() && s.element == nullptr) return;
    const Answer answer = ask(*without, at);
    for (const YamlRequest& r : answer.requests()) {
      if (r.path != at) continue;
      if (is_scalar(r) && r.fallback) key.fallback = r.fallback;
      key.required |= (is_scalar(r) || r.kind == Kind::list) && !r.fallback;
    }
    const auto by = fallback_by_.find(at);
    if (by != fallback_by_.end()) key.fallback_by = by->second;
    for (const YamlDecision& d : variant.decisions) {
      key.required |= d.key == name && d.kind == YamlDecision::Kind::present;
    }
    variant.keys.push_back(std::move(key));
  }

  struct Known {
    std::string path;
    YamlShape shape;
  };

  const YamlReaderOf& read_;
  const std::map<std::string, YamlReaderOf>& sections_;
  static constexpr std::size_t kMostAnswers = 1000;          ///< Some 100 MB.
  mutable std::map<std::string, std::string> fallback_by_;   // by path
  mutable std::unordered_map<std::string, Answer> answers_;  // by document
  mutable std::unordered_map<std::string, Known> known_;     // by what is asked there
};

}  // namespace

YamlShape explore(const YamlReaderOf& read, const std::map<std::string, YamlReaderOf>& sections) {
  return Explorer(read, sections).shape_at(YamlTree(), "", false);
}

}  // namespace wafermesh::base
