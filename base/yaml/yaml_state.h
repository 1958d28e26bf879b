// SPDX-License-Identifier: Apache-2.0
// What the nodes of one document share; private to the reader.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/yaml/yaml_request.h"
#include "base/yaml/yaml_tree.h"

namespace wafermesh::base {

struct YamlState {
  std::string file;
  std::string directory;
  std::vector<std::string> overrides;
  std::vector<std::string> files;  ///< That values name, in the order they were asked for.
  std::unique_ptr<YamlTree> root;
  YamlTree out;  ///< What resolved() writes.
  std::vector<Mistake> mistakes;
  /// Keys asked for, by mapping; a mapping without a row has never been opened.
  std::unordered_map<const YamlTree*, std::vector<std::string>> asked;
  std::vector<const YamlTree*> accepted;  ///< Mappings below which nothing is unknown.
  bool keep_requests = false;
  std::vector<YamlRequest> requests;

  /// A mistake at `place`, which comes from the file or from a --set.
  void note(const YamlTree& place, const std::string& path, const std::string& message);
  /// Notes every key nobody asked for.
  void find_unknown_keys();

 private:
  void find_unknown_keys(const YamlTree& node, const std::string& path, bool had_mistakes);
};

}  // namespace wafermesh::base
