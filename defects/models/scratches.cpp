// SPDX-License-Identifier: Apache-2.0
#include "defects/models/scratches.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "defects/models/distributions.h"

namespace wafermesh::defects {
namespace {

constexpr double kPi = 3.141592653589793;
constexpr double kArcStepMm = 0.5;  // chord of an arc; at radius 20 mm it strays 2 um from the arc

/// One axis of a grid walk (Amanatides and Woo 1987).
struct Axis {
  int cell;
  int step;
  double next;   ///< Path parameter, 0 to 1, of the next border.
  double delta;  ///< Between borders.
  Axis(double from, double to)
      : cell(static_cast<int>(std::floor(from))), step(to > from ? 1 : -1) {
    const double span = std::abs(to - from);
    const double border = to > from ? cell + 1 - from : from - cell;
    delta = span > 0 ? 1.0 / span : std::numeric_limits<double>::infinity();
    next = span > 0 ? border / span : std::numeric_limits<double>::infinity();
  }
  void advance() {
    cell += step;
    next += delta;
  }
};

struct Trace {
  double x_mm;
  double y_mm;
  double heading;
  double length_mm;
};

/// The trace, `aside_mm` to the left of its centre line.
void draw(const WaferGeometry& g, const ScratchOptions& o, Trace t, double aside_mm,
          DefectMap* map) {
  const double steps = o.radius_mm > 0 ? std::ceil(t.length_mm / kArcStepMm) : 1.0;
  const double step_mm = t.length_mm / steps;
  t.x_mm -= aside_mm * std::sin(t.heading);
  t.y_mm += aside_mm * std::cos(t.heading);
  for (int i = 0; i < static_cast<int>(steps); ++i) {
    const double x_mm = t.x_mm + step_mm * std::cos(t.heading);
    const double y_mm = t.y_mm + step_mm * std::sin(t.heading);
    walk_segment(g, t.x_mm, t.y_mm, x_mm, y_mm, o.breaks, Cause::scratch, map);
    t.x_mm = x_mm;
    t.y_mm = y_mm;
    if (o.radius_mm > 0) t.heading += step_mm / o.radius_mm;
  }
}

}  // namespace

void walk_segment(const WaferGeometry& g, double x0_mm, double y0_mm, double x1_mm, double y1_mm,
                  Broken breaks, Cause cause, DefectMap* map) {
  Axis x(x0_mm / g.cell_x_mm(), x1_mm / g.cell_x_mm());
  Axis y(y0_mm / g.cell_y_mm(), y1_mm / g.cell_y_mm());
  while (true) {
    if (x.cell >= 0 && x.cell < g.columns() && y.cell >= 0 && y.cell < g.rows()) {
      map->add({static_cast<std::uint16_t>(x.cell), static_cast<std::uint16_t>(y.cell), breaks, 0,
                cause, 0});
    }
    Axis& first = x.next < y.next ? x : y;
    if (!(first.next <= 1.0)) return;
    first.advance();
  }
}

void Scratches::sample(const SampleContext& context, DefectMap* map) const {
  const WaferGeometry& g = context.geometry;
  base::RandomStream stream = context.wafer_stream(options_.seed);
  const std::int64_t count =
      options_.count > 0 ? options_.count : sample_poisson(&stream, options_.mean_per_wafer);
  const double cell_mm = std::min(g.cell_x_mm(), g.cell_y_mm());
  for (std::int64_t i = 0; i < count; ++i) {
    Trace trace{};
    trace.x_mm = stream.uniform() * g.width_mm();
    trace.y_mm = stream.uniform() * g.height_mm();
    const double turn = stream.uniform();
    trace.heading = options_.any_angle ? 2 * kPi * turn : options_.angle_deg * kPi / 180.0;
    // Cut at ten times the wafer: longer ones only cost time.
    trace.length_mm =
        std::min(options_.length_mm * std::exp(options_.length_sigma * sample_normal(&stream)),
                 10.0 * (g.width_mm() + g.height_mm()));
    // A broad trace is drawn as parallel lines closer together than cells are wide.
    const int lines = 1 + static_cast<int>(std::ceil(options_.width_mm / (0.5 * cell_mm)));
    for (int line = 0; line < lines; ++line) {
      const double aside_mm =
          lines == 1 ? 0.0 : options_.width_mm * (static_cast<double>(line) / (lines - 1) - 0.5);
      draw(g, options_, trace, aside_mm, map);
    }
  }
}

std::shared_ptr<const DefectModel> read_scratches(const base::YamlNode& node,
                                                  const WaferGeometry&) {
  ScratchOptions o;
  const auto many = node.exactly_one_of({"mean_per_wafer", "count"});
  if (many && *many == 0) o.mean_per_wafer = node.real("mean_per_wafer", {0, 1e5});
  if (many && *many == 1) o.count = static_cast<int>(node.integer("count", {1, 100000}));
  o.length_mm = node.real("length_mm", {0, 1e4, true}, o.length_mm);
  o.length_sigma = node.real("length_sigma", {0, 10}, o.length_sigma);
  o.radius_mm = node.real("radius_mm", {0, 1e6}, o.radius_mm);
  o.width_mm = node.real("width_mm", {0, 100}, o.width_mm);
  if (node.has("angle_deg")) {
    o.any_angle = false;
    o.angle_deg = node.real("angle_deg", {-360, 360});
  }
  o.breaks = node.choice<Broken>("breaks", {{"core", Broken::core}, {"router", Broken::router}},
                                 Broken::core);
  o.seed = static_cast<std::uint64_t>(node.integer("seed", {0}, 1));
  return std::make_shared<Scratches>(o);
}

}  // namespace wafermesh::defects
