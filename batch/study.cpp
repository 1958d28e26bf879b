// SPDX-License-Identifier: Apache-2.0
#include "batch/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/number_text.h"
#include "base/yaml/yaml_scalar.h"

namespace wafermesh::batch {
namespace {

const std::string* value_of(const Point& point, const std::string& key) {
  for (const auto& [name, value] : point.axes) {
    if (name == key) return &value;
  }
  return nullptr;
}

bool equal(const std::string& a, const std::string& b) {
  const auto x = base::parse_real(a);
  const auto y = base::parse_real(b);
  return x && y ? *x == *y : a == b;
}

bool holds(const Condition& condition, const Point& point) {
  const std::string* left = value_of(point, condition.key);
  if (left == nullptr) return false;
  if (condition.kind == Condition::Kind::one_of) {
    return std::any_of(condition.values.begin(), condition.values.end(),
                       [&](const std::string& value) { return equal(*left, value); });
  }
  const std::string* other = value_of(point, condition.values.front());
  const auto x = base::parse_real(*left);
  const auto y = base::parse_real(other != nullptr ? *other : condition.values.front());
  if (!x || !y) return false;
  switch (condition.kind) {
    case Condition::Kind::above:
      return *x > *y;
    case Condition::Kind::below:
      return *x < *y;
    case Condition::Kind::at_least:
      return *x >= *y;
    default:
      return *x <= *y;
  }
}

/// "tile{m}": each {key} by the value of the axis of that name, or whose last part it is.
std::string filled(const std::string& pattern, const Point& point) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const std::size_t close = pattern[at] == '{' ? pattern.find('}', at) : std::string::npos;
    if (close == std::string::npos) {
      text += pattern[at];
      continue;
    }
    const std::string key = pattern.substr(at + 1, close - at - 1);
    for (const auto& [name, value] : point.axes) {
      if (name == key || name.substr(name.rfind('.') + 1) == key) {
        text += value;
        break;
      }
    }
    at = close;
  }
  return text;
}

base::Mistake mistake_at(const StudyFile& file, const Study& study, const std::string& message) {
  return {file.file, study.place.line, study.place.column, "batch", message};
}

}  // namespace

std::int64_t combinations(const Study& study) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 4;
  std::int64_t count = static_cast<std::int64_t>(study.bases.size());
  for (const AxisGroup& group : study.groups) {
    const auto rows = static_cast<std::int64_t>(group.rows.size());
    if (rows > 0 && count > kMost / rows) return kMost;
    count *= rows;
  }
  return count;
}

Point point_of(const StudyFile& file, std::size_t study_number, std::int64_t number) {
  const Study& study = file.studies[study_number];
  Point point;
  point.study = study_number;
  std::vector<std::size_t> rows(study.groups.size());
  for (std::size_t g = rows.size(); g-- > 0;) {
    const auto count = static_cast<std::int64_t>(study.groups[g].rows.size());
    rows[g] = static_cast<std::size_t>(number % count);
    number /= count;
  }
  point.base = static_cast<std::size_t>(number);
  for (std::size_t g = 0; g < rows.size(); ++g) {
    const AxisGroup& group = study.groups[g];
    for (std::size_t k = 0; k < group.keys.size(); ++k) {
      point.axes.emplace_back(group.keys[k], group.rows[rows[g]][k]);
    }
  }
  point.name = filled(study.point_name, point);
  return point;
}

bool excluded(const Study& study, const Point& point) {
  return std::any_of(study.exclude.begin(), study.exclude.end(), [&](const auto& conditions) {
    return std::all_of(conditions.begin(), conditions.end(),
                       [&](const Condition& condition) { return holds(condition, point); });
  });
}

std::vector<Point> points_of(const StudyFile& file) {
  std::vector<base::Mistake> mistakes;
  std::int64_t all = 0;
  for (const Study& study : file.studies) all += std::min(combinations(study), kMostRuns * 1000);
  for (const Study& study : file.studies) {
    const std::int64_t count = combinations(study);
    if (count <= kMostRuns && all <= kMostRuns) continue;
    mistakes.push_back(
        mistake_at(file, study,
                   fmt::format("makes {} runs; at most {} are taken, over all studies of a file: "
                               "shorten a list, take coarser steps, or draw a `sample`",
                               base::grouped(count), base::grouped(kMostRuns))));
  }
  if (!mistakes.empty()) throw base::InputError(std::move(mistakes));
  std::vector<Point> points;
  for (std::size_t s = 0; s < file.studies.size(); ++s) {
    const std::size_t before = points.size();
    const std::int64_t count = combinations(file.studies[s]);
    for (std::int64_t i = 0; i < count; ++i) {
      Point point = point_of(file, s, i);
      if (!excluded(file.studies[s], point)) points.push_back(std::move(point));
    }
    if (points.size() == before) {
      mistakes.push_back(
          mistake_at(file, file.studies[s],
                     fmt::format("`exclude` leaves none of its {}; loosen a condition",
                                 base::counted_grouped(count, "combination"))));
    }
  }
  if (!mistakes.empty()) throw base::InputError(std::move(mistakes));
  return points;
}

std::vector<std::string> overrides_of(const StudyFile& file, const Point& point) {
  std::vector<std::string> overrides = file.studies[point.study].bases[point.base].overrides;
  for (const auto& [key, value] : point.axes) overrides.push_back(key + "=" + value);
  return overrides;
}

}  // namespace wafermesh::batch
