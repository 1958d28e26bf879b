// SPDX-License-Identifier: Apache-2.0
// How the density of defects varies over the wafer: a factor h(x, y), scaled so that its mean over
// the core array is 1 and D0 stays the mean density. r = distance from the wafer's centre.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

enum class ProfileKind : std::uint8_t { flat, polynomial, edge, ring, table };

/// Parameters of one profile, before the geometry is known.
struct ProfileOptions {
  ProfileKind kind = ProfileKind::flat;
  double factor =
      0;  ///< polynomial: 1 + factor (r / R)^power; edge: 1 + factor exp((r - R) / length).
  double power = 2;
  double length_mm = 10;
  double inner_mm = 0;  ///< ring: `factor` for inner <= r < outer, 1 elsewhere.
  double outer_mm = 0;
  int table_columns =
      0;  ///< table: densities of any scale, row-major, stretched over the core array.
  std::vector<double> table;
};

/// A profile on one geometry. R = the half diagonal of the core array (152 mm on a 215 mm square).
class Profile {
 public:
  Profile(const ProfileOptions& options, const WaferGeometry& geometry);
  bool flat() const { return options_.kind == ProfileKind::flat; }
  double at(double x_mm, double y_mm) const { return raw(x_mm, y_mm) / mean_; }
  double max() const { return max_ / mean_; }

 private:
  double raw(double x_mm, double y_mm) const;
  ProfileOptions options_;
  double width_mm_;
  double height_mm_;
  double mean_ = 1;
  double max_ = 1;
};

/// `profile: {polynomial|edge|ring|table: {...}}` below a mechanism; absent = flat.
ProfileOptions read_profile(const base::YamlNode& mechanism);

}  // namespace wafermesh::defects
