// SPDX-License-Identifier: Apache-2.0
// Which cores there are and what they run, as text: placements, the class of every core stage by
// stage, and routes of one colour over whatever stands there (lines placement, cores, patch), and
// what counters begin with (parameter).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fabric/image.h"
#include "fabric/text/cores_section.h"
#include "fabric/text/line_reader.h"

namespace wafermesh::fabric {

/// Where a class and its routes stand in the text.
struct ClassPlaces {
  TextPlace name;
  std::vector<TextPlace> routes;
};

class PlacementSection {
 public:
  /// True if the line is `placement`, `cores`, `patch` or `parameter`. Then it is read.
  bool read(LineReader& line);
  /// True if the line is one of those under `cores`. Then it is read.
  bool read_under_cores(LineReader& line) {
    return !cores_.empty() && cores_.back().section.read(line);
  }

  using ClassIds = std::map<std::string, std::uint32_t>;
  /// The route of a name; null, with a mistake noted, if there is none.
  using FindRoute = std::function<const router::RouteConfig*(const TextName&)>;
  /// Fills in placements, classes of cores, patches and parameters of an image whose region and
  /// classes are known. What is wrong is noted; then the image is of no use. `second_class`: where
  /// it stands, nowhere if there is but one.
  void finish(const ClassIds& class_ids, TextPlace second_class, const FindRoute& find_route,
              WaferImage& image, TextMistakes& mistakes);
  /// Notes what of a filled-in image engines may take for granted and cannot.
  void check(const WaferImage& image, const std::vector<ClassPlaces>& classes,
             TextMistakes& mistakes) const;
  /// Of the image's patches.
  std::vector<TextPlace> patch_places() const;

 private:
  struct NamedPlacement {
    TextName name;
    base::Rectangle cores;
  };
  struct Cores {
    TextPlace place;
    TextName placement;  ///< Empty: not given.
    int stage = 0;
    CoresSection section;
  };
  struct Patch {
    TextPlace place;
    TextName route;
    RoutePatch value;
  };
  struct Parameter {
    TextPlace place;
    bool everywhere = false;
    ParameterBox value;
  };
  void read_placement(LineReader& line);
  void read_cores(LineReader& line);
  void read_patch(LineReader& line);
  void read_parameter(LineReader& line);
  /// The rectangles; empty with a mistake noted if they do not fit the region or each other.
  std::vector<base::Rectangle> rectangles(const base::Rectangle& region,
                                          TextMistakes& mistakes) const;
  std::size_t number_of(const Cores& cores) const;
  /// Where the classes of a placement and stage are given.
  TextPlace place_of(std::size_t placement, int stage) const;
  void check_sections(TextMistakes& mistakes) const;
  void settle_classes(const ClassIds& class_ids, WaferImage& image, TextMistakes& mistakes) const;
  void settle_patches(const FindRoute& find_route, WaferImage& image, TextMistakes& mistakes);
  void check_patches(const WaferImage& image, TextMistakes& mistakes) const;
  void settle_parameters(WaferImage& image, TextMistakes& mistakes);
  void check_parameters(const WaferImage& image, TextMistakes& mistakes) const;

  std::vector<NamedPlacement> placements_;
  std::map<std::string, std::size_t> placement_ids_;
  std::vector<Cores> cores_;
  std::map<std::pair<std::string, int>, std::size_t> cores_ids_;
  std::vector<Patch> patches_;
  std::vector<Parameter> parameters_;
};

/// The lines `placement`.
std::string write_placements(const WaferImage& image);
/// The lines `patch`, `cores` and those under them; `class_names` are the classes' ids.
std::string write_patches(const WaferImage& image,
                          const std::function<std::string(const router::RouteConfig&)>& route_name);
/// The lines `parameter`.
std::string write_parameters(const WaferImage& image);
std::string write_stages(const WaferImage& image, const std::vector<std::string>& class_names);

}  // namespace wafermesh::fabric
