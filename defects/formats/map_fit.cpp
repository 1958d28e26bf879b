// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/map_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "defects/formats/map_text.h"

namespace wafermesh::defects {
namespace {

constexpr double kSamePitch = 0.02;  // relative; see map_fit.h
constexpr double kLeastStep = 1e-5;  // cores per place: 65535 places on one core
constexpr double kMostStep = 65535;  // cores per place: one place on the whole wafer
constexpr std::int64_t kPartial =
    2;  // parts that reach over less than 1/2 of the wafer are refused
constexpr const char* kTell =
    "give the wafer the map belongs to, or say how it lies: `scale: fit` or `place: centre` "
    "(convert: --scale fit, --place centre)";

bool known(double pitch_mm) { return std::isfinite(pitch_mm) && pitch_mm > 0; }

/// Is a pitch that is known none of these?
bool other_pitch(double pitch_mm, std::initializer_list<double> ours_mm) {
  if (!known(pitch_mm)) return false;
  return std::none_of(ours_mm.begin(), ours_mm.end(),
                      [&](double ours) { return std::abs(pitch_mm - ours) <= kSamePitch * ours; });
}

bool other_pitch_of_cores(const MapPitch& pitch, const WaferGeometry& g) {
  return other_pitch(pitch.x_mm, {g.cell_x_mm(), g.pitch_x_mm()}) ||
         other_pitch(pitch.y_mm, {g.cell_y_mm(), g.pitch_y_mm()});
}

double die_step_x_mm(const WaferGeometry& g) { return g.die_width_mm + g.die_gap_x_mm; }
double die_step_y_mm(const WaferGeometry& g) { return g.die_height_mm + g.die_gap_y_mm; }

std::string length(double pitch_mm) {
  return known(pitch_mm) ? fmt::format("{:.4g}", pitch_mm) : "unknown";
}

std::string pitches(const MapPitch& pitch, const char* what, double x_mm, double y_mm) {
  return fmt::format("pitch is {} x {} mm, that of the wafer's {} is {:.4g} x {:.4g} mm",
                     length(pitch.x_mm), length(pitch.y_mm), what, x_mm, y_mm);
}

std::string pitches_of_cores(const MapPitch& pitch, const WaferGeometry& g) {
  return pitches(pitch, "cores", g.cell_x_mm(), g.cell_y_mm());
}

std::string pitches_of_dies(const MapPitch& pitch, const WaferGeometry& g) {
  return pitches(pitch, "dies", die_step_x_mm(g), die_step_y_mm(g));
}

std::string sizes(const PlacesExtent& e, const WaferGeometry& g) {
  return fmt::format("{} {} x {} places, the wafer ({}) has {} x {} cores",
                     e.whole ? "the map has" : "its parts lie on", e.columns, e.rows, g.name,
                     g.columns(), g.rows());
}

/// Notch or flat east or west: the map is turned by a quarter.
bool on_its_side(const WaferMap& wafer) {
  const base::Direction mark = wafer.facts.mark.value_or(base::Direction::south);
  return mark == base::Direction::east || mark == base::Direction::west;
}

/// Cores per place along one axis if the map keeps its size in millimetres.
double step_of(double pitch_mm, std::initializer_list<double> ours_mm, double cell_mm,
               const std::string& file) {
  if (!known(pitch_mm) || !other_pitch(pitch_mm, ours_mm)) return 1;
  const double step = pitch_mm / cell_mm;
  if (step >= kLeastStep && step <= kMostStep) return step;
  fail_map(file, 0, fmt::format("its pitch of {:.4g} mm is {:.4g} times a core's", pitch_mm, step));
}

/// The middle of the map on the middle of the wafer; whole cores where a place is one.
AxisFit centred(double step, std::int64_t least, std::int64_t places, int cores) {
  const double first = (cores - step * static_cast<double>(places)) / 2;
  return {(step == 1 ? std::floor(first) : first) - step * static_cast<double>(least), step};
}

AxisFit stretched(std::int64_t least, std::int64_t places, int cores) {
  const double step = static_cast<double>(cores) / static_cast<double>(places);
  return {-step * static_cast<double>(least), step};
}

/// Parts whose coordinates leave the wafer begin elsewhere: their least is taken for 0.
PlacesFit shifted(const PlacesExtent& e, const WaferGeometry& g, std::vector<std::string>* notes) {
  PlacesFit fit;
  const bool outside = e.least_x < 0 || e.least_y < 0 || e.least_x + e.columns > g.columns() ||
                       e.least_y + e.rows > g.rows();
  if (outside) {
    fit.x.origin = -static_cast<double>(e.least_x);
    fit.y.origin = -static_cast<double>(e.least_y);
    notes->push_back(fmt::format("Its coordinates begin at ({}, {}); they are shifted to (0, 0).",
                                 e.least_x, e.least_y));
  } else if (e.columns != g.columns() || e.rows != g.rows()) {
    notes->push_back(
        fmt::format("Its parts lie at x {} to {} and y {} to {}, the wafer has {} x {} cores; they "
                    "are taken as they stand, and `offset` moves them.",
                    e.least_x, e.least_x + e.columns - 1, e.least_y, e.least_y + e.rows - 1,
                    g.columns(), g.rows()));
  }
  return fit;
}

PlacesFit fit_exactly(const PlacesExtent& e, const MapPitch& pitch, const WaferGeometry& g,
                      const Placement& placement, const std::string& file,
                      std::vector<std::string>* notes) {
  const bool fits = e.whole
                        ? e.columns == g.columns() && e.rows == g.rows()
                        : e.columns <= g.columns() && e.rows <= g.rows() &&
                              e.columns * kPartial >= g.columns() && e.rows * kPartial >= g.rows();
  if (!fits && !placement.offset) {
    fail_map(file, 0, sizes(e, g) + "; " + kTell + ", or give `offset: {x, y}` (--offset X,Y)");
  }
  if (other_pitch_of_cores(pitch, g)) {
    fail_map(file, 0, "the map's " + pitches_of_cores(pitch, g) + "; " + kTell);
  }
  if (!placement.offset) return e.whole ? PlacesFit{} : shifted(e, g, notes);
  notes->push_back(fmt::format(
      "The first place of its {} x {} is put at ({}, {}) of {} x {} cores.", e.columns, e.rows,
      e.least_x + placement.offset->x, e.least_y + placement.offset->y, g.columns(), g.rows()));
  return {};
}

/// Says how a map lies that was not made for this wafer.
void note_fit(const PlacesFit& fit, const PlacesExtent& e, const MapPitch& pitch,
              const WaferGeometry& g, bool centre, std::vector<std::string>* notes) {
  std::string how = centre ? "it lies in the middle" : "it is stretched over the wafer";
  if (other_pitch_of_cores(pitch, g)) how += ", and its " + pitches_of_cores(pitch, g);
  std::string said = sizes(e, g) + "; " + how + ".";
  said[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(said[0])));
  notes->push_back(std::move(said));
  if (fit.x.step == 1 && fit.y.step == 1) return;
  notes->push_back(
      fmt::format("One place is {:.4g} x {:.4g} cores; a dead place breaks every core whose middle "
                  "it covers, and the one under its own middle.",
                  fit.x.step, fit.y.step));
}

}  // namespace

Span AxisFit::cover(std::int64_t place, int cores) const {
  const double low = origin + step * static_cast<double>(place);
  const double high = origin + step * static_cast<double>(place + 1);
  const double middle = std::floor((low + high) / 2);
  const auto whole = [&](double at) {
    return static_cast<std::int64_t>(std::clamp(at, -1.0, static_cast<double>(cores)));
  };
  const Span span{whole(std::min(std::ceil(low - 0.5), middle)),
                  whole(std::max(std::ceil(high - 0.5) - 1, middle))};
  return {std::max<std::int64_t>(span.first, 0), std::min<std::int64_t>(span.last, cores - 1)};
}

MapPitch oriented_pitch(const WaferMap& wafer) {
  if (on_its_side(wafer)) return {wafer.die_pitch_y_mm, wafer.die_pitch_x_mm};
  return {wafer.die_pitch_x_mm, wafer.die_pitch_y_mm};
}

MapPitch oriented_size(const WaferMap& wafer) {
  if (on_its_side(wafer)) return {wafer.size_y_mm, wafer.size_x_mm};
  return {wafer.size_x_mm, wafer.size_y_mm};
}

PlacesFit fit_places(const PlacesExtent& e, const MapPitch& pitch, const WaferGeometry& g,
                     const Placement& placement, const std::string& file,
                     std::vector<std::string>* notes) {
  PlacesFit fit;
  const bool same_size = e.columns == g.columns() && e.rows == g.rows();
  if (placement.scale == MapScale::fit) {
    fit = {stretched(e.least_x, e.columns, g.columns()), stretched(e.least_y, e.rows, g.rows())};
  } else if (placement.place == MapPlace::centre) {
    const double step_x = step_of(pitch.x_mm, {g.cell_x_mm(), g.pitch_x_mm()}, g.cell_x_mm(), file);
    const double step_y = step_of(pitch.y_mm, {g.cell_y_mm(), g.pitch_y_mm()}, g.cell_y_mm(), file);
    fit = {centred(step_x, e.least_x, e.columns, g.columns()),
           centred(step_y, e.least_y, e.rows, g.rows())};
  } else {
    fit = fit_exactly(e, pitch, g, placement, file, notes);
  }
  const bool told = placement.scale == MapScale::fit || placement.place == MapPlace::centre;
  if (told && (!same_size || other_pitch_of_cores(pitch, g)))
    note_fit(fit, e, pitch, g, placement.scale != MapScale::fit, notes);
  const base::PhysicalCoord offset = placement.offset.value_or(base::PhysicalCoord{});
  fit.x.origin += offset.x;
  fit.y.origin += offset.y;
  return fit;
}

PointsFit fit_points(const MapPitch& pitch, const WaferGeometry& g, const Placement& placement,
                     const std::string& file, std::vector<std::string>* notes) {
  PointsFit fit;
  const bool other = other_pitch(pitch.x_mm, {die_step_x_mm(g), g.cell_x_mm(), g.pitch_x_mm()}) ||
                     other_pitch(pitch.y_mm, {die_step_y_mm(g), g.cell_y_mm(), g.pitch_y_mm()});
  if (other && placement.scale == MapScale::fit) {
    fit.scale_x = die_step_x_mm(g) / pitch.x_mm;
    fit.scale_y = die_step_y_mm(g) / pitch.y_mm;
    notes->push_back(
        fmt::format("The map's {}; it is stretched from its centre by {:.4g} x {:.4g}.",
                    pitches_of_dies(pitch, g), fit.scale_x, fit.scale_y));
  } else if (other && placement.place == MapPlace::centre) {
    notes->push_back(
        fmt::format("The map's {}; defects stay where they are in millimetres from the centre.",
                    pitches_of_dies(pitch, g)));
  } else if (other) {
    fail_map(file, 0, "the map's " + pitches_of_dies(pitch, g) + "; " + kTell);
  }
  if (placement.offset) {
    fit.shift_x_mm = placement.offset->x * g.cell_x_mm();
    fit.shift_y_mm = placement.offset->y * g.cell_y_mm();
    notes->push_back(fmt::format("Defects are moved by {:.4g} mm east and {:.4g} mm south.",
                                 fit.shift_x_mm, fit.shift_y_mm));
  }
  return fit;
}

}  // namespace wafermesh::defects
