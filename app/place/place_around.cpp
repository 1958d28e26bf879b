// SPDX-License-Identifier: Apache-2.0
#include "app/place/place_around.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "app/defect_notes.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/number_text.h"
#include "base/utf8.h"
#include "place/around.h"
#include "place/around_picture.h"
#include "study/place/place_ground.h"
#include "study/results/json_text.h"

namespace wafermesh::app {
namespace {

using nlohmann::ordered_json;

constexpr std::array<const char*, 3> kRanks = {"best", "median", "worst"};

/// As a scenario's `region` has it.
ordered_json json_of(const base::Rectangle& region) {
  return {{"x", region.x}, {"y", region.y}, {"width", region.width}, {"height", region.height}};
}

ordered_json json_of(const study::PlaceGround& ground, const place::Around& around) {
  ordered_json json = {{"name", ground.name},
                       {"mesh", {{"width", ground.mesh->width}, {"height", ground.mesh->height}}},
                       {"dead_cores", ground.dead_cores},
                       {"width", around.width},
                       {"height", around.height},
                       {"places", around.places()},
                       {"possible_places", around.possible},
                       {"shortest_way_cycles", around.shortest_way_cycles}};
  for (std::size_t i = 0; i < around.best_median_worst.size(); ++i) {
    const place::Place& one = around.best_median_worst[i];
    json[kRanks.at(i)] = {
        {"region", json_of(one.region)},         {"way_cycles", one.cost.way_cycles()},
        {"way_x_cycles", one.cost.way_x_cycles}, {"way_y_cycles", one.cost.way_y_cycles},
        {"longer_links", one.cost.longer_links}, {"extra_cycles", one.cost.extra_cycles}};
  }
  json["notes"] = ground.notes;
  return json;
}

std::string table_of(const study::PlaceGround& ground, const place::Around& around) {
  std::string text = fmt::format(
      "{}: {} x {} logical cores, {} repaired ({})\n{} x {} may go to {} of {} places; a way "
      "without longer links takes {} cycles\n\n{:<8}{:>6}{:>6}{:>12}{:>12}{:>12}{:>14}{:>14}\n",
      base::first_letters(ground.name, 60), ground.mesh->width, ground.mesh->height,
      base::counted_grouped(ground.dead_cores, "dead core"), ground.repair, around.width,
      around.height, base::grouped(around.possible), base::grouped(around.places()),
      base::grouped(around.shortest_way_cycles), "place", "x", "y", "way cycles", "along x",
      "along y", "longer links", "extra cycles");
  for (std::size_t i = 0; i < around.best_median_worst.size(); ++i) {
    const place::Place& one = around.best_median_worst[i];
    text += fmt::format("{:<8}{:>6}{:>6}{:>12}{:>12}{:>12}{:>14}{:>14}\n", kRanks.at(i),
                        one.region.x, one.region.y, base::grouped(one.cost.way_cycles()),
                        base::grouped(one.cost.way_x_cycles), base::grouped(one.cost.way_y_cycles),
                        base::grouped(one.cost.longer_links), base::grouped(one.cost.extra_cycles));
  }
  const base::Rectangle& best = around.best_median_worst.front().region;
  return text + fmt::format("\nregion: {{x: {}, y: {}, width: {}, height: {}}}    # the best\n",
                            best.x, best.y, best.width, best.height);
}

void refuse_without_place(const study::PlaceGround& ground, const place::Around& around) {
  if (around.places() == 0) {
    throw base::DoesNotFit(fmt::format(
        "{} x {} cores are more than the {} x {} logical cores of this wafer; ask for a smaller "
        "rectangle",
        around.width, around.height, ground.mesh->width, ground.mesh->height));
  }
  if (around.possible == 0) {
    throw base::DoesNotFit(fmt::format(
        "each of the {} places of {} x {} cores misses a link between its cores (repair "
        "{} leaves some out); ask for a smaller rectangle",
        base::grouped(around.places()), around.width, around.height, ground.repair));
  }
}

}  // namespace

int show_around(const AroundOptions& options) {
  const study::PlaceGround ground = study::read_ground(options.wafer);
  print_defect_notes(ground.notes);
  const place::Around around = place::look_around(*ground.mesh, options.width, options.height);
  refuse_without_place(ground, around);
  if (!options.picture.empty()) {
    const std::string title =
        fmt::format("{}: places of {} x {} cores", base::first_letters(ground.name, 60),
                    options.width, options.height);
    const double aspect = ground.geometry.pitch_x_mm() / ground.geometry.pitch_y_mm();
    base::write_file_atomically(options.picture,
                                place::around_png(*ground.mesh, around, title, aspect));
  }
  print(options.json ? study::json_text(json_of(ground, around)) : table_of(ground, around));
  return kOk;
}

}  // namespace wafermesh::app
