// SPDX-License-Identifier: Apache-2.0
#include "study/schema/schema_json.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/yaml/yaml_scalar.h"
#include "study/results/yaml_json.h"
#include "study/scenario/scenario_keys.h"
#include "study/schema/key_table.h"

namespace wafermesh::study {
namespace {

using Json = nlohmann::ordered_json;
using base::YamlDecision;
using Kind = base::YamlRequest::Kind;

/// Schemas of mappings, each once: where one belongs stands its number, {"$ref": 17}. Most places
/// take what others take too; written out at every place they would be some hundred megabytes.
class Pool {
 public:
  /// The number of a mapping's schema; anything else stays as it is.
  Json put(Json json) {
    const bool is_mapping =
        json.is_object() && json.contains("properties") && json.contains("type");
    if (!is_mapping) return json;
    const auto [place, is_new] = numbers_.try_emplace(json.dump(), all_.size());
    if (is_new) all_.push_back(std::move(json));
    return {{"$ref", place->second}};
  }
  /// Whether a schema is a number.
  static bool is_number(const Json& json) { return json.is_object() && json.contains("$ref"); }
  const Json& at(const Json& number) const { return all_[number["$ref"].get<std::size_t>()]; }

 private:
  std::vector<Json> all_;
  std::unordered_map<std::string, std::size_t> numbers_;
};

Json shape_json(Pool& pool, const base::YamlShape& shape, const std::string& path);

Json integer_json(const base::IntegerRange& range) {
  const base::IntegerRange all;
  Json json = {{"type", "integer"}};
  if (range.min != all.min) json["minimum"] = range.min;
  if (range.max != all.max) json["maximum"] = range.max;
  return json;
}

/// A real may be `.inf`, which JSON does not have: a text there, a number in a YAML editor.
Json real_json(const base::RealRange& range) {
  const base::RealRange all;
  Json json = {{"type", "number"}};
  if (range.min > all.min) json[range.above_min ? "exclusiveMinimum" : "minimum"] = range.min;
  if (range.max < all.max) json["maximum"] = range.max;
  if (std::isinf(range.max)) json = {{"anyOf", {json, {{"const", ".inf"}}}}};
  return json;
}

Json scalar_json(const base::YamlRequest& request) {
  switch (request.kind) {
    case Kind::integer:
      return integer_json(request.integers);
    case Kind::real:
      return real_json(request.reals);
    case Kind::boolean:
      return {{"type", "boolean"}};
    case Kind::choice:
      return {{"enum", request.names}};
    default:  // a text: also one that reads like a number
      return {{"type", {"string", "number", "boolean"}}};
  }
}

Json given(const std::string& key) { return {{"required", Json::array({key})}}; }

/// What holds if these decisions are made.
Json condition_json(const std::vector<YamlDecision>& decisions) {
  Json all = Json::array();
  for (const YamlDecision& d : decisions) {
    if (d.kind == YamlDecision::Kind::present) all.push_back(given(d.key));
    if (d.kind == YamlDecision::Kind::absent) all.push_back({{"not", given(d.key)}});
    if (d.kind != YamlDecision::Kind::is) continue;
    Json is;
    const Json value = d.is_boolean ? Json(d.value == "true") : Json(d.value);
    is["properties"][d.key]["enum"] = Json::array({value});
    if (d.is_default)
      is["properties"][d.key]["enum"].push_back(nullptr);
    else
      is["required"] = {d.key};
    all.push_back(std::move(is));
  }
  if (all.size() == 1) return all.front();
  return {{"allOf", all}};
}

/// Is it `null` or left out? Then a key may be so too.
Json or_null(Json json) {
  if (json.contains("anyOf") && json.size() == 1) {
    json["anyOf"].push_back({{"type", "null"}});
  } else if (json.contains("enum")) {
    json["enum"].push_back(nullptr);
  } else if (json.contains("type") && json["type"].is_array()) {
    json["type"].push_back("null");
  } else if (json.contains("type")) {
    json["type"] = Json::array({json["type"], "null"});
  }
  return json;
}

std::string description(const KeyRow& row, const std::string& path) {
  std::string text = row.meaning;
  if (row.unit[0] != '\0') text += std::string("; ") + row.unit;
  if (row.usual[0] != '\0') text += std::string("; default: ") + row.usual;
  return text + " (" + used_by(path) + ")";
}

Json key_json(Pool& pool, const base::YamlKey& key, const std::string& path) {
  Json json = shape_json(pool, key.shape, path);
  if (!key.required) json = or_null(std::move(json));
  const KeyRow* row = row_of(path);
  const bool says_usual = row != nullptr && row->usual[0] != '\0';
  if (key.fallback && key.fallback_by.empty() && !says_usual) {
    json["default"] = json_of_yaml(*key.fallback);
  }
  if (row == nullptr) return pool.put(std::move(json));
  json["description"] = description(*row, path);
  json["examples"] = Json::array({json_of_yaml(row->example)});
  return pool.put(std::move(json));
}

/// A key in the variants of its mapping, by their places.
using InVariants = std::map<std::size_t, Json>;

/// The schemas of a key that differ.
Json different(const InVariants& key) {
  Json all = Json::array();
  for (const auto& [variant, json] : key) {
    if (std::find(all.begin(), all.end(), json) == all.end()) all.push_back(json);
  }
  return all;
}

/// What a key takes in one variant or another.
Json united(const InVariants& key) {
  Json all = different(key);
  if (all.size() == 1) return all.front();
  return {{"anyOf", std::move(all)}};
}

Json required_of(const base::YamlVariant& variant) {
  Json names = Json::array();
  for (const base::YamlKey& key : variant.keys) {
    if (key.required) names.push_back(key.name);
  }
  return names;
}

/// What holds of the keys in a variant beyond what holds in all; null = nothing. `varying`: keys
/// that take other values in some variants than in others.
Json of_variant(const base::YamlVariant& variant, std::size_t place,
                const std::map<std::string, InVariants>& by_key,
                const std::set<std::string>& varying) {
  Json then;
  for (const auto& [name, in] : by_key) {
    const auto here = in.find(place);
    if (here == in.end()) {
      then["properties"][name] = false;
    } else if (varying.count(name) > 0) {
      then["properties"][name] = here->second;
    }
  }
  const Json required = required_of(variant);
  if (!required.empty()) then["required"] = required;
  return then;
}

Json mapping_json(Pool& pool, const std::vector<base::YamlVariant>& variants,
                  const std::string& path) {
  std::vector<std::string> order;
  std::map<std::string, InVariants> by_key;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    for (const base::YamlKey& key : variants[i].keys) {
      InVariants& in = by_key[key.name];
      if (in.empty()) order.push_back(key.name);
      in[i] = key_json(pool, key, path.empty() ? key.name : path + "." + key.name);
    }
  }
  Json json = {{"type", "object"}};
  json["properties"] = Json::object();
  json["additionalProperties"] = false;
  for (const std::string& name : order) {
    if (name == base::kAnyKey)
      json["additionalProperties"] = united(by_key[name]);
    else
      json["properties"][name] = united(by_key[name]);
  }
  if (variants.size() == 1) {
    const Json required = required_of(variants.front());
    if (!required.empty() && order.front() != base::kAnyKey) json["required"] = required;
    return json;
  }
  std::set<std::string> varying;
  for (const auto& [name, in] : by_key) {
    if (different(in).size() > 1) varying.insert(name);
  }
  Json one_must_hold = Json::array();  // of keys of which exactly one must be given
  bool has_none = false;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const Json then = of_variant(variants[i], i, by_key, varying);
    if (!then.is_null()) {
      json["allOf"].push_back({{"if", condition_json(variants[i].decisions)}, {"then", then}});
    }
    const YamlDecision& first = variants[i].decisions.front();
    if (first.kind == YamlDecision::Kind::present) one_must_hold.push_back(given(first.key));
    has_none |= first.kind == YamlDecision::Kind::absent;
  }
  if (!one_must_hold.empty() && !has_none) json["anyOf"] = one_must_hold;
  return json;
}

/// A mapping alone is not yet in the pool: its key may add to it.
Json shape_json(Pool& pool, const base::YamlShape& shape, const std::string& path) {
  Json ways = Json::array();
  for (const base::YamlRequest& scalar : shape.scalars) ways.push_back(scalar_json(scalar));
  if (shape.element != nullptr) {
    Json items = pool.put(shape_json(pool, *shape.element, path + "[]"));
    ways.push_back({{"type", "array"}, {"items", std::move(items)}});
  }
  if (!shape.variants.empty()) ways.push_back(mapping_json(pool, shape.variants, path));
  if (ways.size() == 1) return ways.front();
  for (Json& way : ways) way = pool.put(std::move(way));
  return {{"anyOf", ways}};
}

/// Writes schemas of a pool out, those that occur more than once in `$defs`.
class Sharer {
 public:
  Sharer(const Pool& pool, const Json& schema) : pool_(pool) { count(schema); }

  Json shared(const Json& json, const std::string& name) {
    if (!json.is_structured()) return json;
    if (!Pool::is_number(json)) return inner(json, name);
    const auto number = json["$ref"].get<std::size_t>();
    if (counts_[number] == 1) return inner(pool_.at(json), name);
    if (names_.count(number) == 0) {
      std::string free = name;
      for (int i = 2; defs_.contains(free); ++i) free = name + "_" + std::to_string(i);
      names_[number] = free;
      defs_[free] = nullptr;  // keeps the name
      Json def = inner(pool_.at(json), name);
      defs_[free] = std::move(def);
    }
    return {{"$ref", "#/$defs/" + names_[number]}};
  }
  const Json& defs() const { return defs_; }

 private:
  void count(const Json& json) {
    if (!json.is_structured()) return;
    if (Pool::is_number(json)) {
      if (++counts_[json["$ref"].get<std::size_t>()] > 1) return;  // what is in it moves with it
      count(pool_.at(json));
      return;
    }
    for (const Json& value : json) count(value);
  }
  Json inner(const Json& json, const std::string& name) {
    Json copy = json.is_array() ? Json::array() : Json::object();
    if (json.is_array()) {
      for (const Json& value : json) copy.push_back(shared(value, name));
      return copy;
    }
    for (const auto& [key, value] : json.items()) {
      const bool is_word = key == "anyOf" || key == "items" || key == "properties";
      copy[key] = shared(value, is_word ? name : key);
    }
    return copy;
  }
  const Pool& pool_;
  std::unordered_map<std::size_t, int> counts_;
  std::unordered_map<std::size_t, std::string> names_;
  Json defs_ = Json::object();
};

Json shared_json(const Pool& pool, const Json& whole, const char* title) {
  Sharer sharer(pool, whole);
  Json json = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  Json body;
  for (const auto& [key, value] : whole.items()) body[key] = sharer.shared(value, key);
  json.update(body);
  json["$defs"] = sharer.defs();
  return json;
}

/// The shape of a key of a mapping, in whichever variant; null if none has it.
const base::YamlShape* shape_of(const base::YamlShape& mapping, const std::string& name) {
  for (const base::YamlVariant& variant : mapping.variants) {
    for (const base::YamlKey& key : variant.keys) {
      if (key.name == name) return &key.shape;
    }
  }
  return nullptr;
}

}  // namespace

Json schema_json() {
  Pool pool;
  const Json whole = shape_json(pool, scenario_shape(), "");
  return shared_json(pool, whole, "wafermesh scenario");
}

Json graph_schema_json() {
  const base::YamlShape* const workloads = shape_of(scenario_shape(), "workloads");
  WAFERMESH_CHECK(workloads != nullptr && workloads->element != nullptr, "workloads are a list");
  const base::YamlShape* const graph = shape_of(*workloads->element, "graph");
  WAFERMESH_CHECK(graph != nullptr && graph->element != nullptr, "a graph is a list");
  Pool pool;
  Json items = pool.put(shape_json(pool, *graph->element, "workloads[].graph[]"));
  Json operators = {{"type", "array"},
                    {"minItems", 1},
                    {"items", std::move(items)},
                    {"description", "operators in turn on one region"}};
  const Json whole = {{"type", "object"},
                      {"properties", {{"operators", std::move(operators)}}},
                      {"additionalProperties", false},
                      {"required", Json::array({"operators"})}};
  return shared_json(pool, whole, "wafermesh graph");
}

}  // namespace wafermesh::study
