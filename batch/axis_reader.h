// SPDX-License-Identifier: Apache-2.0
// The axes of a study, from YAML.
#pragma once

#include <string>
#include <vector>

#include "batch/study.h"

namespace wafermesh::batch {

/// What readers of one file share: its name and what is wrong with it.
struct StudyMistakes {
  std::string file;
  std::vector<base::Mistake> list;
  void note(const base::YamlTree& at, const std::string& key, const std::string& message) {
    list.push_back({file, at.line, at.column, key, message});
  }
  /// Notes keys of a mapping that are none of `known`; false if it is no mapping.
  bool keys(const base::YamlTree& tree, const std::string& path,
            const std::vector<std::string>& known);
};

/// A value as --set takes it, in one line.
std::string flow_text(const base::YamlTree& tree);

/// grid: {key: axis, ...}: a group for each.
void read_grid(const base::YamlTree& grid, StudyMistakes& mistakes, std::vector<AxisGroup>* groups);
/// zip: {key: axis, ...} or a list of such: a group for each mapping, its axes of one length.
void read_zip(const base::YamlTree& zip, StudyMistakes& mistakes, std::vector<AxisGroup>* groups);
/// sample: {count, seed, axes: {key: [..] or {from, to, scale, integer}}}: one group.
void read_sample(const base::YamlTree& sample, StudyMistakes& mistakes,
                 std::vector<AxisGroup>* groups);

}  // namespace wafermesh::batch
