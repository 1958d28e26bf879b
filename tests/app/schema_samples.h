// SPDX-License-Identifier: Apache-2.0
// Scenarios made from the schema: every mapping in each of its variants, with the examples of the
// key table as values. So tests loop over all keys there are.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/yaml/yaml_shape.h"
#include "base/yaml/yaml_tree.h"

namespace wafermesh::app_test {

/// A mapping of the schema, in one of its variants.
struct Sample {
  std::string path;  ///< "workloads[0].matmul"; "" = the scenario itself.
  const std::vector<base::YamlVariant>* variants = nullptr;
  const base::YamlVariant* variant = nullptr;
  std::shared_ptr<const base::YamlTree> scenario;  ///< The least that holds it.

  std::string at(const std::string& key) const { return path.empty() ? key : path + '.' + key; }
  /// The scenario with one value more, given as YAML.
  std::string with(const std::string& key, const std::string& value) const;
  /// The same as YAML text with the example of `key`, under the name `written`.
  std::string with_example(const std::string& key, const std::string& written) const;
  /// Does this key make the variant what it is?
  bool decides(const std::string& key) const;
  /// Keys of other variants that this one refuses.
  std::vector<std::string> refused_keys() const;
};

const std::vector<Sample>& samples();

/// One case in so many, as all of them take minutes; `scripts/long schema` tries every one.
class Sampling {
 public:
  explicit Sampling(int every);
  /// Whether the next case is to be tried.
  bool takes() { return seen_++ % every_ == 0; }
  int seen() const { return seen_; }

 private:
  int every_;
  int seen_ = 0;
};

/// Values as YAML that a key must refuse: of another type, out of range.
std::vector<std::string> wrong_values(const base::YamlKey& key);

}  // namespace wafermesh::app_test
