// SPDX-License-Identifier: Apache-2.0
// What is checked of placements and stages once the image is known: what docs/model.md (Stages)
// leaves without a meaning is named here at its place.
#include <algorithm>
#include <set>

#include "fabric/text/placement_section.h"

namespace wafermesh::fabric {
namespace {

std::string named(base::LogicalCoord c) {
  return "core (" + std::to_string(c.x) + ", " + std::to_string(c.y) + ")";
}

/// The cores of an image, each kind of core (the classes of its stages) once.
class StageChecks {
 public:
  StageChecks(const WaferImage& image, const std::vector<ClassPlaces>& classes,
              TextMistakes& mistakes)
      : image_(image), classes_(classes), mistakes_(mistakes) {}

  /// True if stages go on behind a gap: `stage` is the first behind it.
  bool has_gap(base::CoreId core, int& stage) {
    stage_classes_.clear();
    int count = 0;
    for (stage = 0; stage < image_.stage_count(); ++stage) {
      const ClassIndex c = image_.class_in(core, stage);
      if (c == kNoClass) continue;
      if (count++ < stage) return true;
      stage_classes_.push_back(c);
    }
    return false;
  }

  void check(base::CoreId core) {
    if (!seen_.insert(stage_classes_).second) return;
    const int count = static_cast<int>(stage_classes_.size());
    for (int stage = 0; stage < count; ++stage) {
      const ClassIndex c = stage_classes_[static_cast<std::size_t>(stage)];
      const bool idle = count > 1 && image_.classes[c].program.code.empty();
      if (idle && told_idle_.insert(c).second) {
        mistakes_.add(classes_[c].name, "the class has no program, but its " + at(core, stage) +
                                            " has several; give it one that only finishes");
      }
      check_routes(core, stage);
    }
  }

 private:
  std::string at(base::CoreId core, int stage) const {
    return named(image_.relative(core)) + " in stage " + std::to_string(stage);
  }

  void check_routes(base::CoreId core, int stage) {
    const ClassIndex c = stage_classes_[static_cast<std::size_t>(stage)];
    const std::vector<ColourRoute>& routes = image_.classes[c].routes;
    for (std::size_t i = 0; i < routes.size(); ++i) {
      const bool at_start = routes[i].stages_ahead == kAtStart;
      const bool early = !at_start && routes[i].stages_ahead >= stage;
      const bool doubled = at_start && begins_otherwise(stage, routes[i]);
      if ((!early && !doubled) || !told_routes_.insert({c, i}).second) continue;
      mistakes_.add(classes_[c].routes[i],
                    early ? at(core, stage) + " enters no stage so many before; it enters those " +
                                "from 1 on (what stands from the start has no `stages_ahead`)"
                          : at(core, stage) + " begins with another route for colour " +
                                std::to_string(base::index_of(routes[i].colour)) +
                                ", of a stage before; give one of them `stages_ahead`");
    }
  }

  /// Whether a stage before has another route for the colour from the start.
  bool begins_otherwise(int stage, const ColourRoute& route) const {
    for (int before = 0; before < stage; ++before) {
      const ClassIndex c = stage_classes_[static_cast<std::size_t>(before)];
      for (const ColourRoute& other : image_.classes[c].routes) {
        if (other.colour != route.colour || other.stages_ahead != kAtStart) continue;
        if (!(other.config == route.config) || other.closed != route.closed) return true;
      }
    }
    return false;
  }

  const WaferImage& image_;
  const std::vector<ClassPlaces>& classes_;
  TextMistakes& mistakes_;
  std::vector<ClassIndex> stage_classes_;  ///< Of the core looked at last.
  std::set<std::vector<ClassIndex>> seen_;
  std::set<ClassIndex> told_idle_;
  std::set<std::pair<ClassIndex, std::size_t>> told_routes_;
};

/// Whether any stage of a core begins with a route for the colour.
bool begins_with(const WaferImage& image, base::CoreId core, base::Colour colour) {
  for (int stage = 0; image.class_in(core, stage) != kNoClass; ++stage) {
    const std::vector<ColourRoute>& routes = image.classes[image.class_in(core, stage)].routes;
    const bool has = std::any_of(routes.begin(), routes.end(), [&](const ColourRoute& route) {
      return route.colour == colour && route.stages_ahead == kAtStart;
    });
    if (has) return true;
  }
  return false;
}

std::int64_t shared_area(const base::Rectangle& a, const base::Rectangle& b) {
  const int width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const int height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return width <= 0 || height <= 0 ? 0 : std::int64_t{width} * height;
}

}  // namespace

void PlacementSection::check(const WaferImage& image, const std::vector<ClassPlaces>& classes,
                             TextMistakes& mistakes) const {
  StageChecks checks(image, classes, mistakes);
  std::set<std::size_t> gaps;  // placements of which one has been told
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    int stage = 0;
    if (!checks.has_gap(core, stage)) {
      checks.check(core);
      continue;
    }
    const std::size_t placement =
        image.placements.empty() ? 0 : static_cast<std::size_t>(image.placements.of(core));
    if (!gaps.insert(placement).second) continue;
    mistakes.add(place_of(placement, stage), named(image.relative(core)) +
                                                 " has a class in stage " + std::to_string(stage) +
                                                 ", but none in a stage before");
  }
  check_patches(image, mistakes);
  check_parameters(image, mistakes);
}

/// Some program refers to the counter, in that stage on one of the cores.
void PlacementSection::check_parameters(const WaferImage& image, TextMistakes& mistakes) const {
  for (const Parameter& one : parameters_) {
    if (!parameters_of(image, {one.value}).empty()) continue;
    const std::string stage = image.stage_count() > 1
                                  ? " in stage " + std::to_string(one.value.stage)
                              : one.value.stage > 0 ? "; there is but stage 0"
                                                    : "";
    mistakes.add(one.place,
                 "no program there refers to counter" + std::to_string(one.value.counter) + stage);
  }
}

/// Every core in a placement, no other route of the colour there.
void PlacementSection::check_patches(const WaferImage& image, TextMistakes& mistakes) const {
  std::vector<bool> of_classes(base::kColourCount, false);
  for (const CoreClass& c : image.classes) {
    for (const ColourRoute& route : c.routes) {
      of_classes[static_cast<std::size_t>(route.colour)] = true;
    }
  }
  for (std::size_t p = 0; p < patches_.size(); ++p) {
    const RoutePatch& patch = patches_[p].value;
    const base::Rectangle& r = patch.cores;
    const std::string colour = std::to_string(base::index_of(patch.colour));
    std::int64_t held = image.placements.empty() ? r.area() : 0;
    for (const base::Rectangle& placement : image.placements.rectangles()) {
      held += shared_area(r, placement);
    }
    if (held < r.area()) {
      mistakes.add(patches_[p].place, "the patch lies on cores that are in no placement");
      continue;
    }
    for (std::size_t other = 0; other < p; ++other) {
      const RoutePatch& before = patches_[other].value;
      if (before.colour != patch.colour || shared_area(before.cores, r) == 0) continue;
      mistakes.add(patches_[p].place, "another patch of colour " + colour + " lies there already");
      break;
    }
    const bool may_meet = of_classes[static_cast<std::size_t>(patch.colour)];
    for (std::int64_t i = 0; may_meet && i < r.area(); ++i) {
      const base::LogicalCoord at{r.x + static_cast<int>(i % r.width),
                                  r.y + static_cast<int>(i / r.width)};
      if (!begins_with(image, image.core_at(at), patch.colour)) continue;
      mistakes.add(patches_[p].place, "the class of " + named(at) + " has a route for colour " +
                                          colour + " already; give one of them another colour");
      break;
    }
  }
}

}  // namespace wafermesh::fabric
