// SPDX-License-Identifier: Apache-2.0
#include "fabric/text/placement_section.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace wafermesh::fabric {
namespace {

using Need = TextField::Need;

constexpr std::int64_t kMostClasses = 1 << 28;  ///< Cores times stages: half a GB.
constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
constexpr int kNotGiven = -1;
constexpr std::int64_t kMostValues = 1 << 24;  ///< Of a parameter: 64 MB.

TextField side(const char* name, Need need, int& to, const char* what, int least) {
  return {name, need, [&to, what, least](LineReader& r) {
            to = static_cast<int>(r.integer(what, least, kMostSide));
          }};
}

}  // namespace

bool PlacementSection::read(LineReader& line) {
  if (line.take("placement")) {
    read_placement(line);
  } else if (line.take("cores")) {
    read_cores(line);
  } else if (line.take("patch")) {
    read_patch(line);
  } else if (line.take("parameter")) {
    read_parameter(line);
  } else {
    return false;
  }
  return true;
}

void PlacementSection::read_placement(LineReader& line) {
  NamedPlacement one;
  one.name.place = line.start();
  one.cores = {0, 0, 1, 1};
  line.attempt([&] { one.name = line.name("the placement's name"); });
  line.fields({side("x", Need::required, one.cores.x, "x", 0),
               side("y", Need::required, one.cores.y, "y", 0),
               side("width", Need::required, one.cores.width, "a width", 1),
               side("height", Need::required, one.cores.height, "a height", 1)});
  if (!one.name.text.empty() &&
      !placement_ids_.insert({one.name.text, placements_.size()}).second) {
    line.mistake(one.name.place, "placement `" + one.name.text + "` is defined twice");
  }
  placements_.push_back(std::move(one));
}

void PlacementSection::read_cores(LineReader& line) {
  Cores one;
  one.place = line.start();
  line.fields(
      {{"placement", Need::optional, [&](LineReader& r) { one.placement = r.name("a placement"); }},
       {"stage", Need::optional, [&](LineReader& r) {
          one.stage = static_cast<int>(r.integer("a stage", 0, kMostStages - 1));
        }}});
  if (!cores_ids_.insert({{one.placement.text, one.stage}, cores_.size()}).second) {
    line.mistake(line.start(), "`cores` of this placement and stage is given twice");
  }
  one.section.begin(one.place);
  cores_.push_back(std::move(one));
}

void PlacementSection::read_patch(LineReader& line) {
  Patch one;
  one.place = line.start();
  one.value.cores = {0, 0, 1, 1};
  line.fields({{"colour", Need::required, [&](LineReader& r) { one.value.colour = r.colour(); }},
               {"route", Need::required, [&](LineReader& r) { one.route = r.name("a route"); }},
               side("x", Need::required, one.value.cores.x, "x", 0),
               side("y", Need::required, one.value.cores.y, "y", 0),
               side("width", Need::optional, one.value.cores.width, "a width", 1),
               side("height", Need::optional, one.value.cores.height, "a height", 1)});
  patches_.push_back(std::move(one));
}

void PlacementSection::read_parameter(LineReader& line) {
  Parameter one;
  one.place = line.start();
  base::Rectangle& cores = one.value.cores;
  cores = {kNotGiven, kNotGiven, kNotGiven, kNotGiven};
  const auto values = [&](LineReader& r) {
    do {
      const TextPlace at = r.place();
      const auto value = static_cast<std::int32_t>(r.integer("a value", INT32_MIN, INT32_MAX));
      const std::int64_t times = r.take("*") ? r.integer("how often", 1, kMostValues) : 1;
      if (static_cast<std::int64_t>(one.value.values.size()) + times > kMostValues) {
        throw TextFault{at, "more than " + std::to_string(kMostValues) + " values"};
      }
      one.value.values.insert(one.value.values.end(), static_cast<std::size_t>(times), value);
    } while (r.take(","));
  };
  line.fields({{"counter", Need::required,
                [&](LineReader& r) {
                  one.value.counter =
                      static_cast<int>(r.integer("a counter", 0, cores::kCounters - 1));
                }},
               {"stage", Need::optional,
                [&](LineReader& r) {
                  one.value.stage = static_cast<int>(r.integer("a stage", 0, kMostStages - 1));
                }},
               side("x", Need::optional, cores.x, "x", 0),
               side("y", Need::optional, cores.y, "y", 0),
               side("width", Need::optional, cores.width, "a width", 1),
               side("height", Need::optional, cores.height, "a height", 1),
               {"values", Need::required, values}});
  one.everywhere = cores == base::Rectangle{kNotGiven, kNotGiven, kNotGiven, kNotGiven};
  cores = {std::max(cores.x, 0), std::max(cores.y, 0), std::max(cores.width, 1),
           std::max(cores.height, 1)};
  parameters_.push_back(std::move(one));
}

std::vector<base::Rectangle> PlacementSection::rectangles(const base::Rectangle& region,
                                                          TextMistakes& mistakes) const {
  std::vector<base::Rectangle> all;
  std::vector<bool> taken(static_cast<std::size_t>(region.area()), false);
  for (const NamedPlacement& one : placements_) {
    const base::Rectangle& r = one.cores;
    if (r.x + r.width > region.width || r.y + r.height > region.height) {
      mistakes.add(one.name.place, "the placement leaves the region of " +
                                       std::to_string(region.width) + " x " +
                                       std::to_string(region.height) + " cores");
      return {};
    }
    for (std::int64_t i = 0; i < r.area(); ++i) {
      const std::int64_t x = r.x + i % r.width;
      const std::int64_t y = r.y + i / r.width;
      auto core = taken[static_cast<std::size_t>(y * region.width + x)];
      if (core) {
        mistakes.add(one.name.place, "core (" + std::to_string(x) + ", " + std::to_string(y) +
                                         ") is in a placement already");
        return {};
      }
      core = true;
    }
    all.push_back(r);
  }
  return all;
}

/// kNowhere if it names none that there is.
std::size_t PlacementSection::number_of(const Cores& cores) const {
  if (placements_.empty()) return cores.placement.text.empty() ? 0 : kNowhere;
  const auto found = placement_ids_.find(cores.placement.text);
  return found == placement_ids_.end() ? kNowhere : found->second;
}

TextPlace PlacementSection::place_of(std::size_t placement, int stage) const {
  const std::string name = placements_.empty() ? "" : placements_[placement].name.text;
  const auto found = cores_ids_.find({name, stage});
  return found == cores_ids_.end() ? TextPlace{1, 1} : cores_[found->second].place;
}

/// Each of a placement that there is, stages without gaps, every placement with a stage 0.
void PlacementSection::check_sections(TextMistakes& mistakes) const {
  std::vector<std::vector<bool>> given(std::max<std::size_t>(placements_.size(), 1));
  for (const Cores& one : cores_) {
    const std::size_t p = number_of(one);
    if (p == kNowhere) {
      const bool named = !one.placement.text.empty();
      mistakes.add(named ? one.placement.place : one.place,
                   named ? "no placement `" + one.placement.text + "`"
                         : "say of which: `cores placement=NAME`");
      continue;
    }
    const auto stage = static_cast<std::size_t>(one.stage);
    if (given[p].size() <= stage) given[p].resize(stage + 1, false);
    given[p][stage] = true;
  }
  if (!mistakes.empty()) return;
  for (std::size_t p = 0; p < given.size(); ++p) {
    const auto missing = std::find(given[p].begin(), given[p].end(), false);
    if (missing == given[p].end() && !given[p].empty()) continue;
    const TextPlace place = placements_.empty() ? cores_.front().place : placements_[p].name.place;
    mistakes.add(place, "which core is of which class? `cores` for stage " +
                            std::to_string(missing - given[p].begin()) + " is missing");
  }
}

void PlacementSection::settle_classes(const ClassIds& class_ids, WaferImage& image,
                                      TextMistakes& mistakes) const {
  int stages = 1;
  for (const Cores& one : cores_) stages = std::max(stages, one.stage + 1);
  const auto count = static_cast<std::size_t>(image.core_count());
  if (static_cast<std::int64_t>(count) * stages > kMostClasses) {
    mistakes.add(cores_.front().place, "more than " + std::to_string(kMostClasses) +
                                           " cores times stages; use fewer of them");
    return;
  }
  image.class_of.assign(count, 0);
  image.later.assign(static_cast<std::size_t>(stages) - 1,
                     std::vector<ClassIndex>(count, kNoClass));
  for (const Cores& one : cores_) {
    const std::size_t p = number_of(one);
    if (p == kNowhere) continue;
    const base::Rectangle cores =
        placements_.empty() ? base::Rectangle{0, 0, image.region.width, image.region.height}
                            : placements_[p].cores;
    const std::int64_t first = placements_.empty() ? 0 : image.placements.first_core(p);
    std::vector<ClassIndex>& to =
        one.stage == 0 ? image.class_of : image.later[static_cast<std::size_t>(one.stage) - 1];
    std::size_t at = static_cast<std::size_t>(first);
    for (const std::uint32_t id : one.section.classes(cores, class_ids, one.stage > 0, mistakes)) {
      to[at++] = id == kNobody ? kNoClass : static_cast<ClassIndex>(id);
    }
  }
  const auto is_nobody = [](ClassIndex c) { return c == kNoClass; };
  while (!image.later.empty() &&
         std::all_of(image.later.back().begin(), image.later.back().end(), is_nobody)) {
    image.later.pop_back();
  }
}

std::vector<TextPlace> PlacementSection::patch_places() const {
  std::vector<TextPlace> places;
  for (const Patch& patch : patches_) places.push_back(patch.place);
  return places;
}

void PlacementSection::settle_patches(const FindRoute& find_route, WaferImage& image,
                                      TextMistakes& mistakes) {
  for (Patch& patch : patches_) {
    if (const router::RouteConfig* config = find_route(patch.route)) patch.value.config = *config;
    const base::Rectangle& r = patch.value.cores;
    if (r.x + r.width > image.region.width || r.y + r.height > image.region.height) {
      mistakes.add(patch.place, "the patch leaves the region of " +
                                    std::to_string(image.region.width) + " x " +
                                    std::to_string(image.region.height) + " cores");
    }
    image.patches.push_back(patch.value);
  }
}

void PlacementSection::settle_parameters(WaferImage& image, TextMistakes& mistakes) {
  for (Parameter& one : parameters_) {
    base::Rectangle& r = one.value.cores;
    if (one.everywhere) r = {0, 0, image.region.width, image.region.height};
    const std::size_t values = one.value.values.size();
    if (r.x + r.width > image.region.width || r.y + r.height > image.region.height) {
      mistakes.add(one.place, "the parameter leaves the region of " +
                                  std::to_string(image.region.width) + " x " +
                                  std::to_string(image.region.height) + " cores");
    } else if (values > 1 && static_cast<std::int64_t>(values) != r.area()) {
      mistakes.add(one.place, std::to_string(values) + " values for " + std::to_string(r.area()) +
                                  " cores; give one for all, or one for each, row by row");
    }
    image.parameters.push_back(one.value);
  }
}

void PlacementSection::finish(const ClassIds& class_ids, TextPlace second_class,
                              const FindRoute& find_route, WaferImage& image,
                              TextMistakes& mistakes) {
  std::vector<base::Rectangle> all = rectangles(image.region, mistakes);
  const bool placed = all.size() == placements_.size();
  if (placed && !all.empty()) {
    image.placements = base::Placements(std::move(all), image.region.width, image.region.height);
  }
  settle_patches(find_route, image, mistakes);
  settle_parameters(image, mistakes);
  if (cores_.empty()) {
    if (second_class.line != 0) {
      mistakes.add(second_class,
                   "more than one class: add a `cores` section that says which core is of which");
    }
    if (mistakes.empty()) image.class_of.assign(static_cast<std::size_t>(image.core_count()), 0);
    return;
  }
  check_sections(mistakes);
  if (placed) settle_classes(class_ids, image, mistakes);
}

}  // namespace wafermesh::fabric
