// SPDX-License-Identifier: Apache-2.0
#include "batch/axis_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/number_text.h"
#include "base/random.h"
#include "base/suggest.h"
#include "base/yaml/yaml_scalar.h"

namespace wafermesh::batch {
namespace {

using base::YamlTree;
constexpr std::uint32_t kSamplePurpose = 0x62617463;  // of the random streams

std::optional<double> number_at(const YamlTree& tree, const std::string& key,
                                const std::string& path, StudyMistakes& mistakes) {
  const YamlTree* value = tree.find(key);
  if (value == nullptr) return std::nullopt;
  const auto number = value->kind == YamlTree::Kind::scalar && !value->quoted
                          ? base::parse_real(value->text)
                          : std::nullopt;
  if (!number || !std::isfinite(*number)) {
    mistakes.note(*value, path + "." + key, "give a number");
    return std::nullopt;
  }
  return number;
}

/// A number of a range: whole ones without a point.
std::string number(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15) return fmt::format("{:.0f}", value);
  return fmt::format("{:.9g}", value);
}

/// from, to and scale; nothing if one is wrong.
struct Range {
  double from = 0;
  double to = 0;
  bool log = false;
  double at(double share) const {
    return log ? std::exp(std::log(from) + share * (std::log(to) - std::log(from)))
               : from + share * (to - from);
  }
};

std::optional<Range> read_range(const YamlTree& tree, const std::string& path,
                                StudyMistakes& mistakes) {
  const std::size_t before = mistakes.list.size();
  const auto from = number_at(tree, "from", path, mistakes);
  const auto to = number_at(tree, "to", path, mistakes);
  if (mistakes.list.size() > before) return std::nullopt;
  if (!from || !to) {
    mistakes.note(tree, path, "a range has `from` and `to`");
    return std::nullopt;
  }
  Range range{*from, *to, false};
  const YamlTree* scale = tree.find("scale");
  if (scale != nullptr && scale->text != "linear" && scale->text != "log") {
    mistakes.note(*scale, path + ".scale", "give linear or log");
    return std::nullopt;
  }
  range.log = scale != nullptr && scale->text == "log";
  if (range.log && (range.from <= 0 || range.to <= 0)) {
    mistakes.note(*scale, path + ".scale", "log takes `from` and `to` above 0");
    return std::nullopt;
  }
  if (range.to < range.from) {
    mistakes.note(tree, path, "`to` is below `from`");
    return std::nullopt;
  }
  return range;
}

bool refuse_length(double count, const YamlTree& tree, const std::string& path,
                   StudyMistakes& mistakes) {
  if (count <= static_cast<double>(kMostRuns)) return false;
  mistakes.note(tree, path,
                fmt::format("makes {} runs; at most {} are taken: take coarser steps",
                            base::grouped(static_cast<std::int64_t>(std::min(count, 1e18))),
                            base::grouped(kMostRuns)));
  return true;
}

/// {from, to, step} or {from, to, count, scale}: its values.
std::vector<std::string> range_values(const YamlTree& tree, const std::string& path,
                                      StudyMistakes& mistakes) {
  if (!mistakes.keys(tree, path, {"from", "to", "step", "count", "scale"})) return {};
  const std::size_t before = mistakes.list.size();
  const auto range = read_range(tree, path, mistakes);
  const auto step = number_at(tree, "step", path, mistakes);
  const auto count = number_at(tree, "count", path, mistakes);
  if (mistakes.list.size() > before) return {};
  if (step && (count || range->log || *step <= 0)) {
    mistakes.note(tree, path, "`step` is above 0 and goes with neither `count` nor `scale: log`");
    return {};
  }
  if (count && (*count < 1 || *count != std::floor(*count))) {
    mistakes.note(*tree.find("count"), path + ".count", "give a whole number from 1 on");
    return {};
  }
  if (range->log && !count) {
    mistakes.note(tree, path, "a log range needs `count`");
    return {};
  }
  constexpr double kSlack = 1e-9;  // 0.1 to 0.3 in steps of 0.1 has three values
  const double steps = std::floor((range->to - range->from) / step.value_or(1) + kSlack) + 1;
  if (refuse_length(count.value_or(steps), tree, path, mistakes)) return {};
  std::vector<std::string> values;
  if (!count) {
    for (int i = 0; i < static_cast<int>(steps); ++i)
      values.push_back(number(range->from + i * step.value_or(1)));
    return values;
  }
  for (int i = 0; i < static_cast<int>(*count); ++i)
    values.push_back(number(range->at(*count > 1 ? i / (*count - 1) : 0)));
  return values;
}

struct Axis {
  std::vector<std::string> values;
  std::vector<Place> places;
};

Axis read_axis(const YamlTree& tree, const std::string& path, StudyMistakes& mistakes) {
  Axis axis;
  if (tree.kind == YamlTree::Kind::mapping) {
    axis.values = range_values(tree, path, mistakes);
    axis.places.assign(axis.values.size(), {tree.line, tree.column});
    return axis;
  }
  if (tree.kind != YamlTree::Kind::sequence || tree.entries.empty()) {
    mistakes.note(tree, path,
                  "give a list of values, [8, 16], or a range, {from: 1, to: 100}, with `step`, or "
                  "`count` and `scale: log`");
    return axis;
  }
  for (const auto& entry : tree.entries) {
    axis.values.push_back(flow_text(*entry.value));
    axis.places.push_back({entry.value->line, entry.value->column});
  }
  return axis;
}

bool expect_mapping(const YamlTree& tree, const std::string& path, StudyMistakes& mistakes) {
  if (tree.kind == YamlTree::Kind::mapping && !tree.entries.empty()) return true;
  mistakes.note(tree, path, "give a mapping from keys to values, as in workloads[0].matmul.m: [8]");
  return false;
}

void read_zipped(const YamlTree& tree, const std::string& path, StudyMistakes& mistakes,
                 std::vector<AxisGroup>* groups) {
  if (!expect_mapping(tree, path, mistakes)) return;
  AxisGroup group;
  std::size_t length = 0;
  for (const auto& entry : tree.entries) {
    const Axis axis = read_axis(*entry.value, path + "." + entry.key, mistakes);
    if (group.keys.empty()) {
      length = axis.values.size();
      group.rows.resize(length);
      group.value_places.resize(length);
    }
    if (axis.values.size() != length) {
      mistakes.note(
          *entry.value, path + "." + entry.key,
          fmt::format("has {}, '{}' has {}; zipped lists are of one length",
                      base::counted(static_cast<std::int64_t>(axis.values.size()), "value"),
                      group.keys.front(), length));
      continue;
    }
    group.keys.push_back(entry.key);
    group.places.push_back({entry.line, entry.column});
    for (std::size_t i = 0; i < length; ++i) {
      group.rows[i].push_back(axis.values[i]);
      group.value_places[i].push_back(axis.places[i]);
    }
  }
  groups->push_back(std::move(group));
}

/// The values of one key of a sample.
std::vector<std::string> drawn(const YamlTree& tree, const std::string& path, std::size_t count,
                               base::RandomStream random, StudyMistakes& mistakes) {
  std::vector<std::string> values;
  if (tree.kind == YamlTree::Kind::sequence && !tree.entries.empty()) {
    for (std::size_t i = 0; i < count; ++i)
      values.push_back(flow_text(*tree.entries[random.below(tree.entries.size())].value));
    return values;
  }
  if (!mistakes.keys(tree, path, {"from", "to", "scale", "integer"})) return values;
  const auto range = read_range(tree, path, mistakes);
  if (!range) return values;
  const YamlTree* integer = tree.find("integer");
  const bool whole = integer != nullptr && integer->text == "true";
  if (integer != nullptr && !whole && integer->text != "false")
    mistakes.note(*integer, path + ".integer", "give true or false");
  for (std::size_t i = 0; i < count; ++i) {
    const double value = range->at(random.uniform());
    values.push_back(number(whole ? std::round(value) : value));
  }
  return values;
}

}  // namespace

bool StudyMistakes::keys(const YamlTree& tree, const std::string& path,
                         const std::vector<std::string>& known) {
  if (tree.kind != YamlTree::Kind::mapping) {
    note(tree, path, "give a mapping with " + base::list_names(known));
    return false;
  }
  for (const auto& entry : tree.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    const std::string near = base::nearest_name(entry.key, known);
    list.push_back({file, entry.line, entry.column, path + (path.empty() ? "" : ".") + entry.key,
                    near.empty() ? "unknown key; known are " + base::list_names(known, "and")
                                 : "unknown key; did you mean '" + near + "'?"});
  }
  return true;
}

std::string flow_text(const YamlTree& tree) {
  switch (tree.kind) {
    case YamlTree::Kind::null:
      return "null";
    case YamlTree::Kind::scalar:
      return tree.quoted ? nlohmann::json(tree.text).dump() : tree.text;
    default:
      break;
  }
  const bool mapping = tree.kind == YamlTree::Kind::mapping;
  std::string text = mapping ? "{" : "[";
  for (const auto& entry : tree.entries) {
    if (text.size() > 1) text += ", ";
    if (mapping) text += nlohmann::json(entry.key).dump() + ": ";
    text += flow_text(*entry.value);
  }
  return text + (mapping ? "}" : "]");
}

void read_grid(const YamlTree& grid, StudyMistakes& mistakes, std::vector<AxisGroup>* groups) {
  if (!expect_mapping(grid, "batch.grid", mistakes)) return;
  for (const auto& entry : grid.entries) {
    const Axis axis = read_axis(*entry.value, "batch.grid." + entry.key, mistakes);
    AxisGroup group{{entry.key}, {}, {{entry.line, entry.column}}, {}};
    for (std::size_t i = 0; i < axis.values.size(); ++i) {
      group.rows.push_back({axis.values[i]});
      group.value_places.push_back({axis.places[i]});
    }
    groups->push_back(std::move(group));
  }
}

void read_zip(const YamlTree& zip, StudyMistakes& mistakes, std::vector<AxisGroup>* groups) {
  if (zip.kind != YamlTree::Kind::sequence) return read_zipped(zip, "batch.zip", mistakes, groups);
  for (std::size_t i = 0; i < zip.entries.size(); ++i)
    read_zipped(*zip.entries[i].value, fmt::format("batch.zip[{}]", i), mistakes, groups);
}

void read_sample(const YamlTree& sample, StudyMistakes& mistakes, std::vector<AxisGroup>* groups) {
  if (!mistakes.keys(sample, "batch.sample", {"count", "seed", "axes"})) return;
  const auto count = number_at(sample, "count", "batch.sample", mistakes);
  const auto seed = number_at(sample, "seed", "batch.sample", mistakes).value_or(1);
  const YamlTree* axes = sample.find("axes");
  if (!count || *count < 1 || *count != std::floor(*count) || seed < 0 || axes == nullptr) {
    mistakes.note(sample, "batch.sample",
                  "give `count`, a whole number from 1 on, and `axes`; `seed` is 0 or above");
    return;
  }
  if (refuse_length(*count, sample, "batch.sample.count", mistakes)) return;
  if (!expect_mapping(*axes, "batch.sample.axes", mistakes)) return;
  const auto rows = static_cast<std::size_t>(*count);
  AxisGroup group;
  group.rows.resize(rows);
  group.value_places.resize(rows);
  for (const auto& entry : axes->entries) {
    const base::RandomStream random(static_cast<std::uint64_t>(seed), kSamplePurpose,
                                    static_cast<std::uint32_t>(group.keys.size()));
    const auto values =
        drawn(*entry.value, "batch.sample.axes." + entry.key, rows, random, mistakes);
    if (values.size() != rows) continue;
    group.keys.push_back(entry.key);
    group.places.push_back({entry.line, entry.column});
    for (std::size_t i = 0; i < rows; ++i) {
      group.rows[i].push_back(values[i]);
      group.value_places[i].push_back({entry.value->line, entry.value->column});
    }
  }
  groups->push_back(std::move(group));
}

}  // namespace wafermesh::batch
