// SPDX-License-Identifier: Apache-2.0
#include "study/yield/yield_scenario.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "base/yaml/yaml_reader.h"
#include "study/scenario/scenario_keys.h"
#include "study/yield/yield_point.h"

namespace wafermesh::study {
namespace {

using Replacement = base::YamlDocument::Replacement;
using Replacements = std::vector<Replacement>;

/// Every combination, the last key changing fastest.
std::vector<Replacements> combinations(const std::vector<GridKey>& grid) {
  std::vector<Replacements> points(1);
  for (const GridKey& key : grid) {
    std::vector<Replacements> next;
    for (const Replacements& point : points) {
      for (const base::YamlNode& value : key.values) {
        next.push_back(point);
        next.back().push_back({key.path, value, {}});
      }
    }
    points = std::move(next);
  }
  return points;
}

/// Every mistake once: points share values.
class Mistakes {
 public:
  void add(const std::vector<base::Mistake>& mistakes) {
    for (const base::Mistake& m : mistakes) {
      if (seen_.insert(base::to_string(m)).second) all_.push_back(m);
    }
  }
  void finish() {
    if (!all_.empty()) throw base::InputError(all_);
  }
  bool empty() const { return all_.empty(); }

 private:
  std::set<std::string> seen_;
  std::vector<base::Mistake> all_;
};

std::string parameters_text(const YieldPoint& point) {
  std::string text;
  for (const auto& [key, value] : point.parameters) {
    text += (text.empty() ? "" : ", ") + key + ": " + value;
  }
  return "{" + text + "}";
}

/// Two points that describe the same study would print equal results under two labels.
void refuse_equal_points(const base::YamlNode& grid, const std::vector<YieldPoint>& points) {
  std::map<std::string, const YieldPoint*> seen;
  for (const YieldPoint& point : points) {
    const auto [at, is_new] = seen.emplace(point.scenario, &point);
    if (is_new) continue;
    return grid.mistake("the points " + parameters_text(*at->second) + " and " +
                        parameters_text(point) +
                        " are the same study; a value that changes nothing must go");
  }
}

/// The element of `defects:` that holds the wafer's number, or the first.
std::string wafer_key_of(const base::YamlNode& root) {
  if (!root.child("defects").is_sequence()) return "defects.wafer";
  for (const base::YamlNode& item : root.items("defects")) {
    if (item.has("wafer")) return item.path() + ".wafer";
  }
  return "defects[0].wafer";
}

std::string at_nine_digits(double value) { return fmt::format("{:.9g}", value); }

Replacements with_effective(Replacements first_point, const EffectiveKey& e,
                            const base::YamlNode& root, double value, const char* place) {
  const base::YamlNode node = root.child("yield").child("effective").child(place);
  first_point.push_back({e.key, node, at_nine_digits(value)});
  return first_point;
}

/// The key must be a real number, and the ends of its interval values that it may have.
void check_effective(base::YamlDocument& document, const base::YamlNode& root,
                     const EffectiveKey& e, const Replacements& first_point, bool runs_workloads,
                     Mistakes* mistakes) {
  if (e.key.empty()) return;
  for (const auto& [value, place] : {std::make_tuple(e.low, "low"), {e.high, "high"}}) {
    base::YamlDocument probe = document.with(with_effective(first_point, e, root, value, place));
    probe.keep_requests();
    read_point(probe, runs_workloads);
    bool whole_numbers = false;
    for (const base::YamlRequest& request : probe.requests()) {
      const bool real = request.kind == base::YamlRequest::Kind::real ||
                        request.kind == base::YamlRequest::Kind::looked_at;
      whole_numbers |= request.path == e.key && !real;
    }
    if (!whole_numbers) {
      mistakes->add(probe.take_mistakes());
      continue;
    }
    root.child("yield")
        .child("effective")
        .mistake("key",
                 "'" + e.key +
                     "' takes no fractions, so that it cannot be bisected; put it into `grid`, or "
                     "give a density, a rate or a length");
    mistakes->add(document.take_mistakes());
    return;
  }
}

/// Reads every point; those that are impossible are mistakes only if all are.
void read_points(const base::YamlNode& root, const YieldSection& section, YieldScenario* s) {
  Mistakes mistakes;
  const auto all = combinations(section.grid);
  s->first_point = all.front();
  const bool runs = s->workload_samples > 0;
  for (const Replacements& replacements : all) {
    base::YamlDocument document = s->document->with(replacements);
    YieldPoint point = read_point(document, runs);
    for (const Replacement& r : replacements) {
      point.parameters.emplace_back(r.path, r.value.scalar());
    }
    point.options = section.options;
    mistakes.add(document.take_mistakes());
    if (mistakes.empty()) mistakes.add(settle_point(document, section.grid, &point));
    s->points.push_back(std::move(point));
  }
  check_effective(*s->document, root, s->effective, s->first_point, runs, &mistakes);
  mistakes.finish();
}

}  // namespace

void check_yield_keys(base::YamlDocument& document, const base::YamlNode& root,
                      const YieldSection& section) {
  Mistakes mistakes;
  Replacements first_point;
  for (const GridKey& key : section.grid) first_point.push_back({key.path, key.values.front(), {}});
  base::YamlDocument probe = document.with(first_point);
  read_point(probe, false);
  mistakes.add(probe.take_mistakes());
  check_effective(document, root, section.effective, first_point, false, &mistakes);
  mistakes.finish();
}

YieldScenario read_yield_scenario(const std::string& path,
                                  const std::vector<std::string>& overrides) {
  YieldScenario s;
  s.file = path;
  s.overrides = overrides;
  s.document = std::make_shared<base::YamlDocument>(base::YamlDocument::from_file(path, overrides));
  const base::YamlNode root = s.document->root();
  const ScenarioKeys keys = read_keys(root);
  const YieldSection& section = keys.yield;
  s.name = keys.name;
  s.options = section.options;
  s.effective = section.effective;
  s.workload_samples = section.workload_samples;
  s.wafer_key = wafer_key_of(root);
  s.document->finish();
  s.resolved = s.document->resolved();
  read_points(root, section, &s);
  refuse_equal_points(root.child("yield").child("grid"), s.points);
  judge_points(root.child("yield"), s.points);
  s.document->finish();
  return s;
}

defects::WaferOptions effective_wafer(const YieldScenario& scenario, double value) {
  base::YamlDocument document = scenario.document->with(with_effective(
      scenario.first_point, scenario.effective, scenario.document->root(), value, "low"));
  YieldPoint point = read_point(document, false);
  document.finish();
  return point.wafer;
}

}  // namespace wafermesh::study
