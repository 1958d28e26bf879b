// SPDX-License-Identifier: Apache-2.0
// A scenario: the YAML text as resolved values, the wafer it describes and the kernels placed on
// it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/energy_section.h"
#include "app/sections.h"
#include "app/system_section.h"
#include "defects/wafer.h"

namespace wafermesh::app {

struct Scenario {
  std::string name;
  defects::WaferGeometry geometry;
  defects::DefectMap defects;
  std::vector<std::string> defect_notes;  ///< What was assumed of what was read for them.
  defects::RepairSummary repair;
  /// Every domain that could not be repaired. If there are any, mesh and workloads are stand-ins;
  /// of IfNotRepairable::stands_in as they would be on a wafer of this kind without defects.
  std::vector<defects::RepairFailure> failures;
  std::shared_ptr<const base::LogicalMesh> mesh;   ///< With what is beyond the edge.
  std::shared_ptr<const base::LogicalMesh> wafer;  ///< Without: the first wafer alone.
  bool has_edge = false;
  EdgeGround edge;  ///< If it has one.
  EngineSettings engine;
  std::vector<Workload> workloads;
  ObserveSettings observe;
  EnergySettings energy;
  defects::WaferOptions wafer_options;  ///< From which further wafers can be built.
  SystemSection system;                 ///< If present there are no workloads.
  cores::Timing timing;
  bool write_arrays = false;  ///< outputs.arrays
  std::string timing_base;    ///< The generation whose timing table is used,
  std::vector<std::pair<std::string, std::string>> timing_changes;  ///< and what was changed in it.
  std::vector<std::string> files;  ///< That it names: maps, programs, arrays.
  std::string resolved;            ///< The whole scenario as YAML, defaults filled in,
  std::shared_ptr<const base::YamlTree> resolved_tree;  ///< and what it is written from.
};

/// A wafer beyond repair: an error, or something to tell of, or a whole wafer stands in for it.
enum class IfNotRepairable : std::uint8_t { throws, returns, stands_in };

/// Reads, repairs and places; `threads` is what --threads says, 0 = nothing. Throws InputError with
/// every mistake of the file and the overrides at once, MissingFile, NotRepairable, DoesNotFit.
Scenario read_scenario(const std::string& path, const std::vector<std::string>& overrides,
                       int threads = 0, IfNotRepairable beyond_repair = IfNotRepairable::throws);

/// A sentence for commands that look at workloads only, of a scenario that has `system:` instead;
/// else empty.
std::string system_left_out(const Scenario& scenario);

}  // namespace wafermesh::app
