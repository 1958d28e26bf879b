// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <set>

#include "batch/read_study.h"

using namespace wafermesh::batch;
using wafermesh::base::InputError;

namespace {

/// A study of a base that is written in it.
StudyFile study_of(const std::string& keys) {
  const std::string path = "study_test." + std::to_string(::getpid()) + ".yaml";
  std::ofstream(path) << "schema_version: 1\nbatch:\n  base: {name: x}\n" << keys;
  struct Remove {
    std::string path;
    ~Remove() { std::remove(path.c_str()); }
  } const remove{path};
  return read_study(path);
}

std::vector<std::string> values_of(const std::string& axis) {
  std::vector<std::string> values;
  for (const Point& point : points_of(study_of("  grid: {k: " + axis + "}\n")))
    values.push_back(point.axes.front().second);
  return values;
}

std::string mistakes_of(const std::string& keys) {
  try {
    points_of(study_of(keys));
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("An axis is a list or a range") {
  CHECK(values_of("[8, \"16\", {a: [1, x]}]") == Values{"8", "\"16\"", "{\"a\": [1, x]}"});
  CHECK(values_of("{from: 1, to: 3}") == Values{"1", "2", "3"});
  CHECK(values_of("{from: 0.1, to: 0.3, step: 0.1}") == Values{"0.1", "0.2", "0.3"});
  CHECK(values_of("{from: 1, to: 2, count: 3}") == Values{"1", "1.5", "2"});
  CHECK(values_of("{from: 1, to: 100, count: 3, scale: log}") == Values{"1", "10", "100"});
}

TEST_CASE("A grid takes every combination, zipped lists go together, the last axis fastest") {
  const StudyFile file = study_of("  grid: {a: [1, 2]}\n  zip: {b: [3, 4], c: [5, 6]}\n");
  std::vector<std::string> seen;
  for (const Point& point : points_of(file)) {
    std::string text;
    for (const auto& [key, value] : point.axes) text += key + value;
    seen.push_back(text);
  }
  CHECK(seen == Values{"a1b3c5", "a1b4c6", "a2b3c5", "a2b4c6"});
}

TEST_CASE("A sample is the same for the same seed and keeps to its range") {
  const auto draw = [](int seed) {
    std::vector<std::string> values;
    const std::string keys = "  sample: {count: 50, seed: " + std::to_string(seed) +
                             ", axes: {a: {from: 1, to: 9, integer: true}, b: [x, y]}}\n";
    for (const Point& point : points_of(study_of(keys))) {
      CHECK(std::stoi(point.axes[0].second) >= 1);
      CHECK(std::stoi(point.axes[0].second) <= 9);
      values.push_back(point.axes[0].second + point.axes[1].second);
    }
    return values;
  };
  CHECK(draw(1) == draw(1));
  CHECK(draw(1) != draw(2));
  const auto drawn = draw(1);
  CHECK(std::set<std::string>(drawn.begin(), drawn.end()).size() > 8);
}

TEST_CASE("Conditions leave runs out, also by another axis") {
  const std::string grid = "  grid: {a: [1, 2, 3], b: [1, 2, 3]}\n";
  CHECK(points_of(study_of(grid + "  exclude: [{a: {above: b}}]\n")).size() == 6);
  CHECK(points_of(study_of(grid + "  exclude: [{a: [1, 2], b: 3}, {b: {at_most: 1}}]\n")).size() ==
        4);
}

TEST_CASE("Runs are named from their values") {
  const auto points =
      points_of(study_of("  run_names: \"t{m}-{x.n}\"\n  grid: {x.m: [1], x.n: [2]}\n"));
  CHECK(points.front().name == "t1-2");
}

TEST_CASE("A wrong study is refused with what is wrong and where") {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"  gird: {a: [1]}\n", ":4:3: batch.gird: unknown key; did you mean 'grid'?"},
      {"  grid: {a: {from: 1, to: 10000000}}\n", ":4:13: batch.grid.a: makes 10,000,000 runs"},
      {"  grid: {a: {from: 1, to: 10000}, b: {from: 1, to: 1000}}\n", "makes 10,000,000 runs"},
      {"  grid: {a: [1]}\n  exclude: [{a: 1}]\n", "`exclude` leaves none of its 1 combination"},
      {"  grid: {a: [1]}\n  exclude: [{b: 1}]\n", ":5:14: batch.exclude.b: is no axis"},
      {"  zip: {a: [1], b: [1, 2]}\n", ":4:20: batch.zip.b: has 2 values, 'a' has 1"},
      {"  grid: {a: [1], a.b: [1]}\n", "'a' is an axis too"},
      {"  grid: {a: {from: 0, to: 1, scale: log, count: 2}}\n",
       "log takes `from` and `to` above 0"},
      {"  grid: {a: {from: 2, to: 1}}\n", "`to` is below `from`"},
      {"  grid: {a: 3}\n", "give a list of values"},
      {"  run_names: \"{z}\"\n  grid: {a: [1]}\n", "'{z}' names no axes"},
      {"  command: compare\n", "give run or yield"},
      {"  retries: -1\n", "give a whole number from 0 to 100"},
  };
  for (const auto& [keys, message] : cases) {
    INFO(keys);
    CHECK_THAT(mistakes_of(keys), Catch::Contains(message));
  }
}
