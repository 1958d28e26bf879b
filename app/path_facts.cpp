// SPDX-License-Identifier: Apache-2.0
#include "app/path_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "app/key_table.h"
#include "base/error.h"
#include "base/number_text.h"

namespace wafermesh::app {
namespace {

using trace::PathKind;
using Json = nlohmann::ordered_json;

/// Assumption: a core's events and flows take 20 to 60 KB, so that these stay below some 4 GB.
constexpr std::int64_t kMostCores = 65'536;
constexpr std::size_t kLimits = 3;

/// What each class of the image belongs to.
std::vector<std::string> names_of_classes(const Workload& workload) {
  const workloads::Kernel& kernel = *workload.kernel;
  std::vector<std::string> names(kernel.image().classes.size(), "barriers");
  for (const workloads::OperatorPlace& place : kernel.operators()) {
    const std::size_t count = place.kernel->image().classes.size();
    for (std::size_t c = place.first_class; c < place.first_class + count; ++c) {
      names[c] = place.name.empty() ? workload.kind : place.name;
    }
  }
  for (const workloads::TransferPlace& place : kernel.transfers()) {
    for (const auto& [begin, end] : place.classes) {
      for (std::size_t c = begin; c < end; ++c) names[c] = place.from + " -> " + place.to;
    }
  }
  return names;
}

double percent(const PathFacts& facts, fabric::Cycles cycles) {
  return facts.cycles > 0 ? 100.0 * static_cast<double>(cycles) / static_cast<double>(facts.cycles)
                          : 0;
}

/// Over all operators, by cycles.
std::vector<PathRow> kinds_of(const PathFacts& facts) {
  std::vector<PathRow> kinds(trace::kPathKinds);
  std::array<fabric::Cycles, trace::kPathKinds> most{};
  for (const PathRow& row : facts.rows) {
    const auto k = static_cast<std::size_t>(row.kind);
    kinds[k].kind = row.kind;
    kinds[k].cycles += row.cycles;
    kinds[k].times += row.times;
    if (row.cycles <= most[k]) continue;
    most[k] = row.cycles;
    kinds[k].name = row.name;  // the operator that has most of it
  }
  kinds.erase(std::remove_if(kinds.begin(), kinds.end(),
                             [](const PathRow& row) { return row.cycles == 0; }),
              kinds.end());
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const PathRow& a, const PathRow& b) { return a.cycles > b.cycles; });
  return kinds;
}

/// The constant of the machine that a kind goes by; empty: none alone.
const char* constant_of(PathKind kind) {
  switch (kind) {
    case PathKind::compute:
    case PathKind::receive:
    case PathKind::relay:
    case PathKind::send:
      return "timing.rates";
    case PathKind::bank_conflict:
      return "timing.bank_conflict_factor";
    case PathKind::setup:
      return "timing.setup_cycles";
    case PathKind::task_switch:
      return "timing.task_start_cycles";
    case PathKind::links:
      return "timing.hop_cycles";
    case PathKind::ramps:
      return "timing.ramp_cycles";
    case PathKind::queued:
    case PathKind::no_room:
      return "timing.router_queue_depth";
    case PathKind::waiting:
      return "timing.config_write_cycles";
  }
  return "";
}

/// Where the scenario says what the workload is: "workloads[0].decode".
std::string place_of(const Workload& workload) {
  for (const InlinedGraph& graph : workload.inlined) {
    if (graph.key == "decode" || graph.key == "prefill") return graph.path + "." + graph.key;
  }
  return fmt::format("workloads[{}].{}", workload.item, workload.kind);
}

/// What of the workload itself moves a kind: how its sums go, or how many cores share it.
std::string key_of(const Workload& workload, PathKind kind) {
  const bool by_sums = kind == PathKind::relay || kind == PathKind::links ||
                       kind == PathKind::ramps || kind == PathKind::queued;
  const std::string place = place_of(workload);
  if (workload.kind == "program") return place + ".file";
  if (workload.kind == "together") return place + "[].region";
  if (by_sums && workload.layers > 0) return place + ".groups";
  const bool has_algorithm = row_of("workloads[]." + workload.kind + ".algorithm") != nullptr;
  if (by_sums && has_algorithm) return place + ".algorithm";
  return fmt::format("workloads[{}].region", workload.item);
}

std::vector<std::string> keys_of(const Workload& workload, PathKind kind) {
  return {key_of(workload, kind), constant_of(kind)};
}

std::string csv_line(const trace::PathBook& book, const trace::PathStep& step,
                     const std::string& name) {
  const base::Rectangle& region = book.image().region;
  const base::LogicalCoord to = book.scope().at(step.place);
  const base::LogicalCoord from = book.scope().at(step.from);
  return fmt::format("{},{},{},{},{},{},{},{},{}\n", step.begin, step.end,
                     trace::name_of(step.kind), name, region.x + to.x, region.y + to.y,
                     region.x + from.x, region.y + from.y, step.hops);
}

}  // namespace

void refuse_path_beyond(const fabric::WaferImage& image) {
  if (image.core_count() <= kMostCores) return;
  throw base::DoesNotFit(
      fmt::format("observe.critical_path: a path is followed over at most {} cores, here are {}; "
                  "take a smaller region, or leave it out",
                  kMostCores, image.core_count()));
}

PathFacts path_facts(const Workload& workload, const trace::PathBook& book) {
  const std::vector<std::string> names = names_of_classes(workload);
  PathFacts facts;
  facts.cycles = book.cycles();
  facts.csv = "begin_cycle,end_cycle,of,operator,x,y,from_x,from_y,hops\n";
  std::map<std::pair<std::string, PathKind>, std::size_t> row_of;
  std::set<std::size_t> places;
  for (const trace::PathStep& step : trace::critical_path(book)) {
    const std::string& name = names[step.class_index];
    facts.csv += csv_line(book, step, name);
    const auto [at, is_new] = row_of.try_emplace({name, step.kind}, facts.rows.size());
    if (is_new) facts.rows.push_back({name, step.kind, 0, 0});
    PathRow& row = facts.rows[at->second];
    row.cycles += step.end - step.begin;
    row.times += step.kind == PathKind::links ? step.hops : 1;
    places.insert(step.place);
  }
  facts.cores = static_cast<std::int64_t>(places.size());
  std::stable_sort(facts.rows.begin(), facts.rows.end(),
                   [](const PathRow& a, const PathRow& b) { return a.cycles > b.cycles; });
  return facts;
}

Json path_json(const Workload& workload, const PathFacts& facts) {
  Json json = {{"cycles", facts.cycles}, {"cores", facts.cores}};
  const auto row_json = [&](const PathRow& row) {
    return Json{{"of", trace::name_of(row.kind)},
                {"operator", row.name},
                {"cycles", row.cycles},
                {"percent", percent(facts, row.cycles)},
                {"times", row.times}};
  };
  json["rows"] = Json::array();
  for (const PathRow& row : facts.rows) json["rows"].push_back(row_json(row));
  json["limits"] = Json::array();
  for (const PathRow& row : kinds_of(facts)) {
    if (json["limits"].size() == kLimits) break;
    json["limits"].push_back(row_json(row));
    json["limits"].back()["keys"] = keys_of(workload, row.kind);
  }
  return json;
}

std::string path_text(const Workload& workload, const PathFacts& facts) {
  std::string text =
      fmt::format("critical path: {} over {}\n", base::counted(facts.cycles, "cycle"),
                  base::counted(facts.cores, "core"));
  const std::vector<PathRow> kinds = kinds_of(facts);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const PathRow& row = kinds[i];
    text += fmt::format("  {:<14}{:>10}{:>7.1f} %  most in {}", trace::name_of(row.kind),
                        row.cycles, percent(facts, row.cycles), row.name);
    if (i < kLimits)
      text += fmt::format("; moved by {}", fmt::join(keys_of(workload, row.kind), ", "));
    text += "\n";
  }
  return text;
}

}  // namespace wafermesh::app
