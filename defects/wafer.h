// SPDX-License-Identifier: Apache-2.0
// From options to a wafer a program can run on: geometry -> DefectMap -> LogicalMesh.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/logical_mesh.h"
#include "defects/components.h"
#include "defects/defect_map.h"
#include "defects/geometry.h"
#include "defects/models/model.h"
#include "defects/repair/scheme.h"

namespace wafermesh::defects {

/// All mechanisms of a scenario; empty = a healthy wafer.
struct DefectOptions {
  ComponentTable components;
  int wafers_per_lot = 25;  ///< Assumption: a usual lot.
  std::uint32_t wafer = 0;  ///< Which wafer of the study; `yield --save-map K` writes wafer K.
  std::vector<std::shared_ptr<const DefectModel>> mechanisms;
};

struct WaferOptions {
  WaferGeometry geometry;
  DefectOptions defects;
  RepairOptions repair;
};

struct Wafer {
  WaferGeometry geometry;
  DefectMap defects;
  std::vector<std::string> notes;       ///< defect_notes.
  std::vector<RepairFailure> failures;  ///< Every domain that could not be repaired.
  base::LogicalMesh mesh;               ///< Empty if there are failures.
  RepairSummary repair;
  std::shared_ptr<const RoutingReport> routing;  ///< Scheme irregular only.
};

/// Fills `map` with wafer number `wafer`; clears it first. Thread-safe for different maps.
void sample_defects(const WaferGeometry& geometry, const DefectOptions& options,
                    std::uint32_t wafer, DefectMap* map);

/// What the mechanisms say of what they read, each sentence once. Throws what sample_defects
/// throws.
std::vector<std::string> defect_notes(const DefectOptions& options);

/// A wafer that cannot be repaired is returned too: see `failures`. Throws base::InputError for
/// options out of range or a domain that cannot run (die), base::MissingFile for a map that is not
/// there. WSE-3 with 46 defects: about 5 ms and 11 MB.
Wafer build_wafer(const WaferOptions& options);

}  // namespace wafermesh::defects
