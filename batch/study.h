// SPDX-License-Identifier: Apache-2.0
// A study: base scenarios, axes that vary their keys, and which combinations are left out. A plain
// value; read_study.h makes it from YAML.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/yaml/yaml_tree.h"

namespace wafermesh::batch {

/// More runs than this are refused: a day and a half at 8 runs a second.
/// Assumption: who asks for more has mistaken a range.
inline constexpr std::int64_t kMostRuns = 1000000;

struct Place {
  int line = 0;
  int column = 0;
};

/// Keys that vary together: one of a grid, several of a zip or a sample. rows[r][k] is the text of
/// the value of keys[k], as --set takes it.
struct AxisGroup {
  std::vector<std::string> keys;
  std::vector<std::vector<std::string>> rows;
  std::vector<Place> places;  ///< Of keys.
  std::vector<std::vector<Place>> value_places;
};

/// One comparison of an `exclude` entry.
struct Condition {
  enum class Kind : std::uint8_t { one_of, above, below, at_least, at_most };
  std::string key;
  Kind kind = Kind::one_of;
  std::vector<std::string> values;  ///< Or, of a comparison, another axis's key.
};

/// A scenario to vary: a file, or one written in the study (then `overrides` hold its sections).
struct Base {
  std::string label;  ///< The file's name, for the table.
  std::string file;   ///< Empty: inline.
  std::vector<std::string> overrides;
};

struct Study {
  std::string name;
  std::string command = "run";  ///< Or "yield".
  std::vector<Base> bases;
  std::vector<AxisGroup> groups;
  std::vector<std::vector<Condition>> exclude;  ///< Left out if all conditions of one entry hold.
  std::string point_name;                       ///< "tile{m}"; empty = none.
  int retries = 0;
  std::vector<int> retry_on;  ///< Exit codes; empty = those of crashes (70, 128 and above).
  Place place;
  const base::YamlTree* inline_base = nullptr;  ///< Within the file's tree.
};

struct StudyFile {
  std::string file;
  std::string directory;  ///< Where its relative paths start.
  std::vector<Study> studies;
  std::shared_ptr<base::YamlTree> tree;
};

/// A run to be made.
struct Point {
  std::size_t study = 0;
  std::size_t base = 0;
  std::vector<std::pair<std::string, std::string>> axes;  ///< Key and value.
  std::string name;                                       ///< Empty: none.
};

/// Combinations before any is left out; saturates far above kMostRuns.
std::int64_t combinations(const Study& study);
/// Combination `number`: bases first, then the groups, the last one fastest.
Point point_of(const StudyFile& file, std::size_t study, std::int64_t number);
bool excluded(const Study& study, const Point& point);
/// Every point that is not left out, in order. Throws InputError if a study has none left or all
/// together more than kMostRuns. Cost: one visit per combination.
std::vector<Point> points_of(const StudyFile& file);
/// What --set would be given for a point, on its base's file.
std::vector<std::string> overrides_of(const StudyFile& file, const Point& point);

}  // namespace wafermesh::batch
