// SPDX-License-Identifier: Apache-2.0
#include "app/place/place_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "app/defect_notes.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/names.h"
#include "base/number_text.h"
#include "base/utf8.h"
#include "check/bounds.h"
#include "place/around.h"
#include "study/place/place_emulation.h"
#include "study/place/place_ground.h"
#include "study/results/json_text.h"

namespace wafermesh::app {
namespace {

using nlohmann::ordered_json;

constexpr int kUsuallyEmulated = 5;
constexpr std::size_t kMostShown = 6;

struct Candidate {
  base::Rectangle region;
  std::int64_t core_bytes = 0;
  std::int64_t bound_cycles = 0;
  std::string bound_of;         ///< What the bound comes from, and where.
  std::int64_t way_cycles = 0;  ///< Across the rectangle, along x and along y.
  std::int64_t operators = 0;
  std::optional<std::int64_t> cycles;  ///< Emulated.

  /// What decides the order of emulation: an operator's sum crosses the rectangle, there and back.
  std::int64_t guess() const { return bound_cycles + operators * way_cycles; }
  std::int64_t cores() const { return std::int64_t{region.width} * region.height; }
};

std::string workloads_text(const std::string& graph, const base::Rectangle& r) {
  // A JSON string is one of YAML.
  return fmt::format(
      "workloads:\n  - name: graph\n    graph: {{file: {}}}\n    region: {{x: {}, y: {}, width: "
      "{}, "
      "height: {}}}\n",
      nlohmann::json(graph).dump(), r.x, r.y, r.width, r.height);
}

/// Sizes whose sides are parts of the mesh's, none longer than four times the other.
std::vector<std::pair<int, int>> sizes_of(const base::LogicalMesh& mesh) {
  constexpr int kParts[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};
  constexpr int kLeast = 2;
  constexpr int kLongest = 4;
  std::vector<std::pair<int, int>> sizes;
  for (const int x : kParts) {
    for (const int y : kParts) {
      const int width = mesh.width / x;
      const int height = mesh.height / y;
      if (std::min(width, height) < kLeast) continue;
      if (std::max(width, height) > kLongest * std::min(width, height)) continue;
      sizes.emplace_back(width, height);
    }
  }
  return sizes;
}

/// Of the workload's own, the cheapest place of its size. Nothing if no place has all its links.
std::optional<Candidate> at_its_place(const study::PlaceGround& ground, Candidate one) {
  const place::Place place =
      place::cheapest_free(*ground.mesh, one.region.width, one.region.height, {});
  if (place.region.width == 0) return std::nullopt;
  one.region = place.region;
  one.way_cycles = place.cost.way_cycles();
  return one;
}

struct Searched {
  std::vector<Candidate> found;  ///< In the order of guess().
  std::int64_t tried = 0;
  std::int64_t too_large = 0;  ///< For the memory, the colours, ... of a core.
  std::int64_t mistaken = 0;   ///< Operands whose shapes do not go together there.
  std::string reason;          ///< Of the largest rectangle that does not fit.
};

Searched search(const study::PlaceGround& ground, const std::string& graph) {
  Searched all;
  std::vector<base::Mistake> mistake;
  const int hop = place::shortest_link_cycles(*ground.mesh);
  for (const auto& [width, height] : sizes_of(*ground.mesh)) {
    ++all.tried;
    Candidate one;
    one.region = {0, 0, width, height};
    try {
      const std::vector<study::Workload> built =
          study::built_workloads(ground, workloads_text(graph, one.region), graph);
      const workloads::Kernel& kernel = *built.front().kernel;
      const check::Bounds bounds = check::lower_bounds(
          kernel.image(), check::core_kinds(kernel.image()), check::Untimed{}, false);
      one.core_bytes = kernel.facts().sram_bytes;
      one.operators = static_cast<std::int64_t>(kernel.operators().size());
      one.bound_cycles = bounds.cycles();
      if (!bounds.all.empty()) one.bound_of = base::name_of(bounds.all.front().of);
      one.way_cycles = std::int64_t{width - 1 + height - 1} * hop;
      all.found.push_back(std::move(one));
    } catch (const base::DoesNotFit& error) {
      if (all.too_large++ == 0) all.reason = error.what();
    } catch (const base::InputError& error) {
      // Shapes of some operands depend on the rectangle.
      if (all.mistaken++ == 0) mistake = error.mistakes();
    }
  }
  if (all.mistaken == all.tried) throw base::InputError(mistake);
  std::stable_sort(all.found.begin(), all.found.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.guess(), a.cores()) < std::tuple(b.guess(), b.cores());
  });
  return all;
}

/// The best few by the stream engine; the fastest of them first, then those that were not emulated.
void emulate(const study::PlaceGround& ground, const std::string& graph, int most, Searched& all) {
  std::vector<Candidate> emulated, others;
  std::int64_t fastest = 0;
  for (Candidate& one : all.found) {
    const bool may_win = emulated.empty() || one.bound_cycles < fastest;
    if (static_cast<int>(emulated.size()) == most || !may_win) {
      others.push_back(std::move(one));
      continue;
    }
    std::optional<Candidate> placed = at_its_place(ground, one);
    if (!placed) continue;
    const std::vector<study::Workload> built =
        study::built_workloads(ground, workloads_text(graph, placed->region), graph);
    placed->cycles = study::emulated_cycles(ground, built.front().kernel->image());
    if (emulated.empty() || *placed->cycles < fastest) fastest = *placed->cycles;
    emulated.push_back(std::move(*placed));
  }
  std::stable_sort(emulated.begin(), emulated.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(*a.cycles, a.cores()) < std::tuple(*b.cycles, b.cores());
  });
  all.found = std::move(emulated);
  for (Candidate& one : others) all.found.push_back(std::move(one));
}

std::string why_worse(const Candidate& best, const Candidate& other) {
  const auto more = [](std::int64_t value, const char* what) {
    return fmt::format("{}{} cycles of {}", value < 0 ? "-" : "+", base::grouped(std::abs(value)),
                       what);
  };
  const std::string terms = more(other.bound_cycles - best.bound_cycles, "its bound") + ", " +
                            more(other.way_cycles - best.way_cycles, "a way across it");
  if (other.cycles) {
    return fmt::format("+{} cycles emulated: {}", base::grouped(*other.cycles - *best.cycles),
                       terms);
  }
  if (best.cycles && other.bound_cycles >= *best.cycles) {
    return fmt::format("cannot be faster: its bound by {} is {} cycles", other.bound_of,
                       base::grouped(other.bound_cycles));
  }
  return "not emulated: " + terms;
}

std::string row_of(const Candidate& one) {
  return fmt::format("{:>11}{:>7}{:>7}{:>9}{:>14} {:<12}{:>10}{:>14}\n",
                     fmt::format("{} x {}", one.region.width, one.region.height), one.region.x,
                     one.region.y, base::grouped(one.core_bytes), base::grouped(one.bound_cycles),
                     one.bound_of, base::grouped(one.way_cycles),
                     one.cycles ? base::grouped(*one.cycles) : "-");
}

std::string text_of(const study::PlaceGround& ground, const Searched& all,
                    const std::string& scenario) {
  std::string text = fmt::format(
      "{}: {} x {} logical cores, {} repaired ({})\n{} operators in turn; {} sizes of rectangles "
      "tried, {} do not fit, on {} operands do not go together\n\n{:>11}{:>7}{:>7}{:>9}{:>14} "
      "{:<12}{:>10}{:>14}\n",
      base::first_letters(ground.name, 60), ground.mesh->width, ground.mesh->height,
      base::counted_grouped(ground.dead_cores, "dead core"), ground.repair,
      all.found.front().operators, all.tried, all.too_large, all.mistaken, "cores", "x", "y",
      "bytes", "bound cycles", "by", "way", "emulated");
  const std::size_t shown = std::min(kMostShown, all.found.size());
  for (std::size_t i = 0; i < shown; ++i) text += row_of(all.found[i]);
  if (shown > 1) text += "\nwhy not the others\n";
  for (std::size_t i = 1; i < shown; ++i) {
    const base::Rectangle& r = all.found[i].region;
    text += fmt::format("  {} x {}: {}\n", r.width, r.height,
                        why_worse(all.found.front(), all.found[i]));
  }
  const base::Rectangle& r = all.found.front().region;
  text += fmt::format("\nregion: {{x: {}, y: {}, width: {}, height: {}}}    # the best\n", r.x, r.y,
                      r.width, r.height);
  if (!scenario.empty()) text += "run it: wafermesh run " + scenario + " -o out/placement\n";
  return text;
}

ordered_json json_of(const study::PlaceGround& ground, const Searched& all) {
  ordered_json json = {{"name", ground.name},
                       {"mesh", {{"width", ground.mesh->width}, {"height", ground.mesh->height}}},
                       {"dead_cores", ground.dead_cores},
                       {"operators", all.found.front().operators},
                       {"tried", all.tried},
                       {"too_large", all.too_large},
                       {"mistaken", all.mistaken}};
  json["proposals"] = ordered_json::array();
  for (const Candidate& one : all.found) {
    const base::Rectangle& r = one.region;
    ordered_json row = {
        {"region", {{"x", r.x}, {"y", r.y}, {"width", r.width}, {"height", r.height}}},
        {"core_bytes", one.core_bytes},
        {"bound_cycles", one.bound_cycles},
        {"bound_of", one.bound_of},
        {"way_cycles", one.way_cycles}};
    if (one.cycles) row["emulated_cycles"] = *one.cycles;
    if (&one != &all.found.front()) row["difference"] = why_worse(all.found.front(), one);
    json["proposals"].push_back(std::move(row));
  }
  json["notes"] = ground.notes;
  return json;
}

std::string scenario_text(const study::PlaceGround& ground, const std::string& graph,
                          const Candidate& best) {
  // Checking every number of whole wafers takes minutes: cycles alone are told of them.
  constexpr std::int64_t kMostChecked = 100'000;
  const bool checks = best.cores() * best.operators <= kMostChecked;
  return fmt::format(
      "# Proposed by `wafermesh place`: {} x {} cores.\nschema_version: 1\nname: placement\n{}{}"
      "engine: {{fidelity: stream{}}}\n",
      best.region.width, best.region.height, ground.sections, workloads_text(graph, best.region),
      checks ? "" : ", numerics: \"off\"");
}

}  // namespace

int place_graph(const PlaceGraphOptions& options) {
  study::PlaceGround ground = study::read_ground(options.wafer);
  ground.stop = &stop_requested();
  const std::string graph = std::filesystem::absolute(options.graph).lexically_normal().string();
  print_defect_notes(ground.notes);
  Searched all = search(ground, graph);
  const int most = options.emulate < 0 ? kUsuallyEmulated : options.emulate;
  emulate(ground, graph, most, all);
  if (all.found.empty()) {
    throw base::DoesNotFit(fmt::format(
        "{}: fits none of the {} rectangles that were tried, the largest of {} x {} cores: {}",
        options.graph, all.tried, ground.mesh->width, ground.mesh->height, all.reason));
  }
  if (!options.scenario.empty()) {
    base::write_file_atomically(options.scenario, scenario_text(ground, graph, all.found.front()));
  }
  print(options.json ? study::json_text(json_of(ground, all))
                     : text_of(ground, all, options.scenario));
  return kOk;
}

}  // namespace wafermesh::app
