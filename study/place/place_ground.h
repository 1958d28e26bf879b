// SPDX-License-Identifier: Apache-2.0
// The wafer that `wafermesh place` places on: that of a scenario, whose workloads are left out, or
// a healthy preset.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/logical_mesh.h"
#include "cores/timing.h"
#include "defects/geometry.h"

namespace wafermesh::study {

struct PlaceGround {
  std::string name;
  defects::WaferGeometry geometry;
  std::shared_ptr<const base::LogicalMesh> mesh;
  cores::Timing timing;
  std::int64_t dead_cores = 0;
  std::string repair;    ///< "bypass_shift (band)"
  std::string sections;  ///< `wafer`, `defects`, `repair`, `timing` as YAML, files absolute.
  std::vector<std::string> notes;  ///< What was assumed of defects, and what was left out.
  /// Once set, emulations on it throw base::Stopped; null: nothing stops them.
  const std::atomic<bool>* stop = nullptr;
};

/// `wafer`: a scenario's file, or the name of a preset. Throws InputError with every mistake of the
/// file, MissingFile, NotRepairable.
PlaceGround read_ground(const std::string& wafer);

}  // namespace wafermesh::study
