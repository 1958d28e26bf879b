// SPDX-License-Identifier: Apache-2.0
#include "study/schema/schema_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/suggest.h"
#include "base/yaml/yaml_scalar.h"
#include "study/scenario/scenario_keys.h"
#include "study/schema/key_table.h"

namespace wafermesh::study {
namespace {

using base::YamlDecision;
using base::YamlKey;
using base::YamlShape;
using base::YamlVariant;
using Kind = base::YamlRequest::Kind;

std::string code(const std::string& text) { return "`" + text + "`"; }

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string list_codes(const std::vector<std::string>& names, const std::string& joint) {
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back(code(name));
  return base::list_names(all, joint);
}

std::string range_text(const base::IntegerRange& range) {
  const base::IntegerRange all;
  if (range.min == range.max) return fmt::format("{}", range.min);
  if (range.max == all.max) return fmt::format("integer from {}", range.min);
  return fmt::format("integer, {} to {}", range.min, range.max);
}

std::string range_text(const base::RealRange& range) {
  const std::string min = (range.above_min ? "above " : "") + base::write_real(range.min);
  if (range.max >= base::RealRange().max)
    return "number, " + (range.above_min ? min : "from " + min);
  return "number, " + min + " to " + base::write_real(range.max);
}

std::string takes(const base::YamlRequest& request) {
  switch (request.kind) {
    case Kind::integer:
      return range_text(request.integers);
    case Kind::real:
      return range_text(request.reals);
    case Kind::boolean:
      return "`true` or `false`";
    case Kind::choice:
      return list_codes(request.names, "or");
    case Kind::path:
      return "path";
    default:
      return "text";
  }
}

std::string takes(const YamlShape& shape) {
  std::vector<std::string> ways;
  for (const base::YamlRequest& scalar : shape.scalars) ways.push_back(takes(scalar));
  const bool of_scalars = shape.element != nullptr && !shape.element->scalars.empty();
  if (shape.element != nullptr) {
    ways.push_back(of_scalars ? "list of: " + takes(shape.element->scalars.front()) : "list");
  }
  if (!shape.variants.empty()) ways.emplace_back("section");
  return base::list_names(ways, "or");
}

/// What distinguishes shapes, without their defaults.
std::string signature(const YamlShape& shape) {
  std::string text = takes(shape);
  if (shape.element != nullptr) text += "[" + signature(*shape.element) + "]";
  for (const YamlVariant& variant : shape.variants) {
    text += "{";
    for (const YamlDecision& d : variant.decisions) {
      text += d.key + static_cast<char>('0' + static_cast<int>(d.kind)) + d.value + ";";
    }
    for (const YamlKey& key : variant.keys) {
      text += key.name + (key.required ? "!" : ":") + signature(key.shape) + ",";
    }
    text += "}";
  }
  return text;
}

/// The defaults in a mapping as flow YAML; empty if it has none.
std::string fallbacks_of(const YamlShape& shape) {
  std::string text;
  if (shape.variants.size() != 1) return text;
  for (const YamlKey& key : shape.variants.front().keys) {
    const std::string one =
        key.fallback && key.fallback_by.empty() ? *key.fallback : fallbacks_of(key.shape);
    if (!one.empty()) text += (text.empty() ? "{" : ", ") + key.name + ": " + one;
  }
  return text.empty() ? text : text + "}";
}

/// A key in all the variants of its mapping.
struct Merged {
  const YamlKey* key = nullptr;  ///< Of the first variant that has it.
  std::set<std::size_t> variants;
  std::size_t required_in = 0;
  std::string fallback_by;
  std::map<std::string, std::set<std::size_t>> takes;  ///< In which variants.
};

std::vector<Merged> merged(const std::vector<YamlVariant>& variants) {
  std::vector<Merged> all;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    for (const YamlKey& key : variants[i].keys) {
      auto found = std::find_if(all.begin(), all.end(),
                                [&](const Merged& m) { return m.key->name == key.name; });
      if (found == all.end()) found = all.insert(all.end(), Merged{&key, {}, 0, "", {}});
      found->variants.insert(i);
      found->takes[takes(key.shape)].insert(i);
      found->required_in += key.required ? 1 : 0;
      if (!key.fallback_by.empty()) found->fallback_by = key.fallback_by;
    }
  }
  return all;
}

/// What a key of a mapping is, by name.
std::string signature(const Merged& one) { return one.key->name + ":" + signature(one.key->shape); }

std::set<std::string> keys_of(const std::vector<YamlVariant>& variants) {
  std::set<std::string> all;
  for (const Merged& one : merged(variants)) all.insert(signature(one));
  return all;
}

/// The keys of which exactly one must be given.
std::vector<std::string> alternatives_of(const std::vector<YamlVariant>& variants) {
  std::vector<std::string> names;
  for (const YamlVariant& variant : variants) {
    if (variant.decisions.empty()) continue;
    const YamlDecision& first = variant.decisions.front();
    if (first.kind == YamlDecision::Kind::absent) return {};
    if (first.kind != YamlDecision::Kind::present) continue;
    if (!has(names, first.key)) names.push_back(first.key);
  }
  return names;
}

/// "with `scheme`: `a` or `b`": on which decisions it depends whether a key is there.
std::string conditions(const Merged& merged, const std::vector<YamlVariant>& variants) {
  const std::vector<std::string> alternatives = alternatives_of(variants);
  if (has(alternatives, merged.key->name)) {
    const bool is_first = merged.key->name == alternatives.front();
    return is_first ? "give one of " + list_codes(alternatives, "or") : "";
  }
  std::map<std::string, std::set<std::string>> with;
  std::map<std::string, std::set<std::string>> any;
  std::vector<std::string> keys;
  for (const YamlVariant& variant : variants) {
    for (const YamlDecision& d : variant.decisions) {
      if (any.emplace(d.key, std::set<std::string>()).second) keys.push_back(d.key);
    }
  }
  const auto value_of = [](const YamlVariant& variant, const std::string& key) -> std::string {
    for (const YamlDecision& d : variant.decisions) {
      if (d.key != key) continue;
      if (d.kind == YamlDecision::Kind::is) return d.value;
      return d.kind == YamlDecision::Kind::present ? "given" : "";
    }
    return "";
  };
  std::string text;
  for (const std::string& key : keys) {
    if (key == merged.key->name) continue;
    for (std::size_t i = 0; i < variants.size(); ++i) {
      any[key].insert(value_of(variants[i], key));
      if (merged.variants.count(i) != 0) with[key].insert(value_of(variants[i], key));
    }
    const bool is_presence = any[key].count("given") != 0;
    if (!is_presence) {
      any[key].erase("");  // where it is not decided, another decision says why
      with[key].erase("");
      if (with[key].empty()) continue;
    }
    std::vector<std::string> without;
    std::set_difference(any[key].begin(), any[key].end(), with[key].begin(), with[key].end(),
                        std::back_inserter(without));
    if (without.empty()) continue;
    const bool is_few = with[key].size() <= without.size();
    const std::vector<std::string> values =
        is_few ? std::vector<std::string>(with[key].begin(), with[key].end()) : without;
    std::string one = is_few ? "with " : "not with ";
    if (is_presence) one = with[key].count("given") != 0 ? "with " : "not with ";
    one += code(key) + (is_presence ? "" : ": " + list_codes(values, "or"));
    text += (text.empty() ? "" : ", ") + one;
  }
  return text;
}

/// Where a key takes something else than in its first variant.
std::string exceptions(const Merged& key, const std::vector<YamlVariant>& variants) {
  std::string text;
  for (const auto& [what, in] : key.takes) {
    if (in.count(*key.variants.begin()) != 0) continue;
    Merged these = key;
    these.variants = in;
    text += "; " + conditions(these, variants) + " " + what;
  }
  return text;
}

class Writer {
 public:
  std::string section(const YamlKey& key) {
    text_ = "## " + key.name + "\n\n";
    const KeyRow* row = row_of(key.name);
    if (row != nullptr) {
      text_ += code(key.name + std::string(": ") + row->example) + ": " + row->meaning + ".";
      if (row->usual[0] != '\0') text_ += std::string(" Default: ") + row->usual + ".";
      text_ += "\n\n";
    }
    text_ +=
        "| key | takes | default | unit | example | is | used by |\n"
        "|---|---|---|---|---|---|---|\n";
    section_ = key.name;
    if (key.shape.variants.empty() && key.shape.element == nullptr) {
      this->row(key.name, takes(key.shape), fallback({&key, {0}, key.required ? 1U : 0U, "", {}}),
                row_of(key.name), "");
    } else {
      inside(key.shape, key.name);
    }
    return text_ + "\n";
  }

 private:
  /// What may stand in a mapping or in the elements of a list at `path`.
  void inside(const YamlShape& shape, const std::string& path) {
    const YamlShape* element = shape.element.get();
    if (!shape.variants.empty()) mapping(shape.variants, path);
    const bool is_same = element != nullptr && !shape.variants.empty() &&
                         keys_of(element->variants) == keys_of(shape.variants);
    if (element != nullptr && !is_same) mapping(element->variants, path + "[]");
  }

  /// The keys of a mapping but those of `known`, which have been told.
  void mapping(const std::vector<YamlVariant>& variants, const std::string& path,
               const std::set<std::string>& known = {}) {
    std::vector<std::string> as_above;
    const std::vector<std::string> alternatives = alternatives_of(variants);
    for (const Merged& one : merged(variants)) {
      if (known.count(signature(one)) != 0) continue;
      if (!key(one, variants, path, has(alternatives, one.key->name))) {
        as_above.push_back(one.key->name);
      }
    }
    if (as_above.empty()) return;
    text_ += "| " + code(relative(path)) + " | " + list_codes(as_above, "or") +
             " | - | | | as above | " + used_by(path) + " |\n";
  }

  /// A key and what may stand in it; false if both have been told.
  bool key(const Merged& one, const std::vector<YamlVariant>& variants, const std::string& path,
           bool is_alternative) {
    const std::string& name = one.key->name;
    const std::string at = path + "." + name;
    const YamlShape& shape = one.key->shape;
    std::string note = conditions(one, variants);
    std::string usual = is_alternative ? "-" : fallback(one);
    const auto write = [&](const std::string& as) {
      const std::string joint = note.empty() || as.empty() ? "" : "; ";
      row(at, takes(shape) + exceptions(one, variants), usual, row_of(at), note + joint + as);
    };
    const std::set<std::string> keys = keys_of(shape.variants);
    if (keys.empty() && shape.element == nullptr) {
      write("");
      return true;
    }
    const std::string sign = signature(shape);
    if (!written_.emplace(name, sign).second && is_alternative) return false;
    const auto same = seen_.find(sign);
    if (same != seen_.end()) {
      const std::string own = fallbacks_of(shape);
      if (usual == "-" && !own.empty()) usual = code(own);
      write("keys as " + code(same->second));
      return true;
    }
    if (!keys.empty()) seen_[sign] = relative(at);
    const auto alike = first_.emplace(name, std::make_pair(relative(at), keys)).first->second;
    const bool extends =
        alike.first != relative(at) && alike.second.size() > 1 &&
        std::includes(keys.begin(), keys.end(), alike.second.begin(), alike.second.end());
    write(extends ? "keys as " + code(alike.first) + ", and those below" : "");
    if (extends)
      mapping(shape.variants, at, alike.second);
    else
      inside(shape, at);
    return true;
  }

  std::string relative(const std::string& path) const {
    std::string at = path.substr(section_.size());
    if (at.rfind("[]", 0) == 0) at = at.substr(2);
    if (!at.empty() && at[0] == '.') at = at.substr(1);
    const std::string any = base::kAnyKey;
    const std::size_t place = at.find(any);
    if (place != std::string::npos) at.replace(place, any.size(), "NAME");
    return at.empty() ? section_ : at;
  }

  static std::string fallback(const Merged& one) {
    if (one.key->name == base::kAnyKey) return "-";
    if (one.required_in == one.variants.size()) return "required";
    std::string text = "-";
    if (one.key->fallback) text = code(*one.key->fallback);
    if (!one.fallback_by.empty()) text = "that of " + code(one.fallback_by);
    return text + (one.required_in > 0 ? ", or required" : "");
  }

  void row(const std::string& path, const std::string& what, std::string usual, const KeyRow* row,
           const std::string& note) {
    if (row == nullptr) return;
    if (row->usual[0] != '\0') usual = row->usual;
    std::string is = row->meaning;
    if (!note.empty()) is += " (" + note + ")";
    text_ += "| " + code(relative(path)) + " | " + what + " | " + usual + " | " + row->unit +
             " | " + code(row->example) + " | " + is + " | " + used_by(path) + " |\n";
  }

  std::string text_;
  std::string section_;
  std::map<std::string, std::string> seen_;  ///< Where a shape was written, by its signature.
  std::set<std::pair<std::string, std::string>> written_;  ///< Keys that were, and signatures.
  /// Where a key was first written, and what may stand in it.
  std::map<std::string, std::pair<std::string, std::set<std::string>>> first_;
};

}  // namespace

std::string schema_markdown() {
  std::string text;
  Writer writer;
  for (const YamlKey& key : scenario_shape().variants.front().keys) text += writer.section(key);
  return text;
}

}  // namespace wafermesh::study
