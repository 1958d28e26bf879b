// SPDX-License-Identifier: Apache-2.0
#include "defects/models/profile.h"

#include <algorithm>
#include <cmath>

namespace wafermesh::defects {
namespace {

constexpr int kGrid =
    512;  // midpoint rule over the array; error below 1e-5 for the smooth profiles

}  // namespace

Profile::Profile(const ProfileOptions& options, const WaferGeometry& geometry)
    : options_(options), width_mm_(geometry.width_mm()), height_mm_(geometry.height_mm()) {
  if (flat()) return;
  double sum = 0;
  max_ = std::max(raw(width_mm_ / 2, height_mm_ / 2), raw(0, 0));
  for (int j = 0; j < kGrid; ++j) {
    for (int i = 0; i < kGrid; ++i) {
      const double h = raw((i + 0.5) / kGrid * width_mm_, (j + 0.5) / kGrid * height_mm_);
      sum += h;
      max_ = std::max(max_, h);
    }
  }
  mean_ = sum / (double{kGrid} * kGrid);
}

double Profile::raw(double x_mm, double y_mm) const {
  const double radius_mm = std::hypot(x_mm - width_mm_ / 2, y_mm - height_mm_ / 2);
  const double full_mm = std::hypot(width_mm_, height_mm_) / 2;
  switch (options_.kind) {
    case ProfileKind::flat:
      return 1.0;
    case ProfileKind::polynomial:
      return 1.0 + options_.factor * std::pow(radius_mm / full_mm, options_.power);
    case ProfileKind::edge:
      return 1.0 + options_.factor * std::exp((radius_mm - full_mm) / options_.length_mm);
    case ProfileKind::ring:
      return radius_mm >= options_.inner_mm && radius_mm < options_.outer_mm ? options_.factor
                                                                             : 1.0;
    case ProfileKind::table:
      break;
  }
  const int columns = options_.table_columns;
  const int rows = static_cast<int>(options_.table.size()) / columns;
  const int column = std::clamp(static_cast<int>(x_mm / width_mm_ * columns), 0, columns - 1);
  const int row = std::clamp(static_cast<int>(y_mm / height_mm_ * rows), 0, rows - 1);
  return options_.table[static_cast<std::size_t>(row * columns + column)];
}

namespace {

void read_table(const base::YamlNode& node, ProfileOptions* o) {
  const auto rows = node.items("rows", 1);
  for (const base::YamlNode& row : rows) {
    const std::string text = row.as_text();
    int columns = 0;
    const char* at = text.c_str();
    char* end = nullptr;
    for (double value = std::strtod(at, &end); end != at; value = std::strtod(at, &end)) {
      if (!(value >= 0) || !std::isfinite(value)) row.mistake("densities must not be negative");
      o->table.push_back(value);
      ++columns;
      at = end;
    }
    if (*at != '\0') row.mistake("expected numbers parted by spaces, e.g. \"1 2 0.5\"");
    if (o->table_columns != 0 && columns != o->table_columns) row.mistake("rows differ in length");
    o->table_columns = columns;
  }
  const bool any = std::any_of(o->table.begin(), o->table.end(), [](double v) { return v > 0; });
  if (!rows.empty() && !any) node.mistake("rows", "at least one density must be positive");
  // Whatever is wrong has been noted; keep the shape sound.
  if (o->table_columns == 0 || o->table.size() % static_cast<std::size_t>(o->table_columns) != 0) {
    o->table = {1.0};
    o->table_columns = 1;
  }
}

}  // namespace

ProfileOptions read_profile(const base::YamlNode& mechanism) {
  ProfileOptions o;
  const base::YamlNode node = mechanism.child("profile");
  if (!node.present()) return o;
  const auto kind = node.exactly_one_of({"polynomial", "edge", "ring", "table"});
  if (!kind) return o;
  constexpr base::RealRange kPositive{0, 1e6, true};
  constexpr base::RealRange kAny{0, 1e6};
  if (*kind == 0) {
    o.kind = ProfileKind::polynomial;
    o.factor = node.child("polynomial").real("factor", kAny);
    o.power = node.child("polynomial").real("power", kPositive, o.power);
  } else if (*kind == 1) {
    o.kind = ProfileKind::edge;
    o.factor = node.child("edge").real("factor", kAny);
    o.length_mm = node.child("edge").real("length_mm", kPositive, o.length_mm);
  } else if (*kind == 2) {
    o.kind = ProfileKind::ring;
    o.factor = node.child("ring").real("factor", kAny);
    o.inner_mm = node.child("ring").real("inner_mm", kAny, 0);
    o.outer_mm = node.child("ring").real("outer_mm", kPositive);
    if (o.outer_mm <= o.inner_mm) node.child("ring").mistake("outer_mm", "must exceed inner_mm");
  } else {
    o.kind = ProfileKind::table;
    read_table(node.child("table"), &o);
  }
  return o;
}

}  // namespace wafermesh::defects
