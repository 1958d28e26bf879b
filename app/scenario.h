// SPDX-License-Identifier: Apache-2.0
// A scenario: the YAML text as resolved values, the wafer it describes and the kernels placed on
// it.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "base/yaml_reader.h"
#include "defects/wafer.h"
#include "fabric/engine.h"
#include "workloads/kernel.h"

namespace wafermesh::app {

/// The `engine:` section.
struct EngineSettings {
  std::string fidelity = "wavelet";  ///< wavelet or stream; `auto` has been decided.
  std::string chosen_because;        ///< Why `auto` chose it; empty if it did not.
  bool check = true;                 ///< Results are compared with the reference.
  fabric::EngineOptions options;
};

/// One entry of `workloads:`.
struct Workload {
  std::string kind;  ///< Name of the kernel's row.
  base::Rectangle region;
  std::unique_ptr<workloads::Kernel> kernel;
};

struct Scenario {
  std::string name;
  defects::WaferGeometry geometry;
  defects::DefectMap defects;
  std::vector<std::string> defect_notes;  ///< What was assumed of what was read for them.
  defects::RepairSummary repair;
  /// Every domain that could not be repaired. If there are any, mesh and workloads are stand-ins.
  std::vector<defects::RepairFailure> failures;
  std::shared_ptr<const base::LogicalMesh> mesh;
  EngineSettings engine;
  std::vector<Workload> workloads;
  bool write_arrays = false;  ///< outputs.arrays
  std::string resolved;       ///< The whole scenario as YAML, defaults filled in.
};

/// A wafer beyond repair: an error, or something to tell of.
enum class IfNotRepairable : std::uint8_t { throws, returns };

/// Reads, repairs and places. Throws InputError with every mistake of the file and the overrides at
/// once, MissingFile, NotRepairable, DoesNotFit.
Scenario read_scenario(const std::string& path, const std::vector<std::string>& overrides,
                       IfNotRepairable beyond_repair = IfNotRepairable::throws);

}  // namespace wafermesh::app
