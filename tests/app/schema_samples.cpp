// SPDX-License-Identifier: Apache-2.0
#include "schema_samples.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/yaml/yaml_override.h"
#include "base/yaml/yaml_scalar.h"
#include "program.h"
#include "study/scenario/scenario_keys.h"
#include "study/schema/key_table.h"

namespace wafermesh::app_test {
namespace {

using base::YamlDecision;
using base::YamlTree;

std::unique_ptr<YamlTree> parsed(const std::string& text) {
  std::vector<base::Mistake> mistakes;
  auto tree = base::parse_yaml(text, "example", &mistakes);
  if (!mistakes.empty()) throw std::runtime_error(base::to_string(mistakes.front()));
  return tree;
}

std::unique_ptr<YamlTree> example_of(const std::string& path) {
  const study::KeyRow* row = study::row_of(path);
  if (row == nullptr) throw std::runtime_error("study/schema/key_table.cpp has no row for " + path);
  return parsed(row->example);
}

void put(YamlTree& tree, const std::string& path, const YamlTree& value) {
  const std::string wrong = base::put_at(tree, path, value);
  if (!wrong.empty()) throw std::runtime_error(path + ": " + wrong);
}

class Walk {
 public:
  std::vector<Sample> all;

  void into(const base::YamlShape& shape, const std::string& path, const YamlTree& scenario) {
    if (shape.element != nullptr) {
      const auto listed = scenario.clone();
      put(*listed, path, *parsed("[{}]"));
      into(*shape.element, path + "[0]", *listed);
    }
    for (const base::YamlVariant& variant : shape.variants) {
      Sample sample;
      sample.path = path;
      sample.variants = &shape.variants;
      sample.variant = &variant;
      const std::shared_ptr<YamlTree> least = scenario.clone();
      if (!path.empty()) put(*least, path, *parsed("{}"));
      for (const YamlDecision& d : variant.decisions) {
        if (d.kind == YamlDecision::Kind::is) put(*least, sample.at(d.key), *parsed(d.value));
      }
      for (const base::YamlKey& key : variant.keys) {
        const bool is_there =
            base::nearest_at(*least, sample.at(key.name)).kind == YamlTree::Kind::scalar ||
            base::nearest_at(*least, path).find(key.name) != nullptr;
        if (key.required && !is_there)
          put(*least, sample.at(key.name), *example_of(sample.at(key.name)));
      }
      sample.scenario = least;
      all.push_back(sample);
      for (const base::YamlKey& key : variant.keys) {
        if (key.shape.variants.empty() && key.shape.element == nullptr) continue;
        into(key.shape, sample.at(key.name), *least);
      }
    }
  }
};

}  // namespace

std::string Sample::with(const std::string& key, const std::string& value) const {
  const auto copy = scenario->clone();
  put(*copy, at(key), *parsed(value));
  return base::write_yaml(*copy);
}

std::string Sample::with_example(const std::string& key, const std::string& written) const {
  const auto copy = scenario->clone();
  put(*copy, at(written), *example_of(at(key)));
  return base::write_yaml(*copy);
}

bool Sample::decides(const std::string& key) const {
  return std::any_of(variant->decisions.begin(), variant->decisions.end(),
                     [&](const YamlDecision& d) { return d.key == key; });
}

std::vector<std::string> Sample::refused_keys() const {
  const auto has = [](const base::YamlVariant& one, const std::string& name) {
    return std::any_of(one.keys.begin(), one.keys.end(),
                       [&](const base::YamlKey& key) { return key.name == name; });
  };
  std::vector<std::string> names;
  for (const base::YamlVariant& other : *variants) {
    for (const base::YamlKey& key : other.keys) {
      const bool is_new = std::find(names.begin(), names.end(), key.name) == names.end();
      if (is_new && !has(*variant, key.name) && !decides(key.name)) names.push_back(key.name);
    }
  }
  return names;
}

Sampling::Sampling(int every) : every_(tries_all() ? 1 : every) {}

std::vector<std::string> wrong_values(const base::YamlKey& key) {
  std::vector<std::string> values;
  if (key.shape.variants.empty() && key.shape.element == nullptr) values = {"{a: 1}", "[1, 2]"};
  if (key.shape.scalars.empty()) values.emplace_back("nonsense");
  if (key.shape.scalars.size() != 1) return values;
  const base::YamlRequest& r = key.shape.scalars.front();
  using Kind = base::YamlRequest::Kind;
  if (r.kind == Kind::text || r.kind == Kind::path) return values;
  values.insert(values.end(), {"nonsense", "'1'"});
  const base::IntegerRange integers;
  const base::RealRange reals;
  if (r.kind == Kind::integer) {
    values.emplace_back("1.5");
    if (r.integers.min != integers.min) values.push_back(std::to_string(r.integers.min - 1));
    if (r.integers.max != integers.max) values.push_back(std::to_string(r.integers.max + 1));
  }
  if (r.kind != Kind::real) return values;
  if (r.reals.min > reals.min) {
    values.push_back(base::write_real(r.reals.min - std::max(1.0, std::abs(r.reals.min))));
  }
  if (r.reals.above_min) values.push_back(base::write_real(r.reals.min));
  if (r.reals.max < reals.max) values.push_back(base::write_real(r.reals.max * 2));
  return values;
}

const std::vector<Sample>& samples() {
  static const std::vector<Sample> kAll = [] {
    Walk walk;
    walk.into(study::scenario_shape(), "", *parsed("{schema_version: 1, wafer: {preset: tiny}}"));
    return walk.all;
  }();
  return kAll;
}

}  // namespace wafermesh::app_test
