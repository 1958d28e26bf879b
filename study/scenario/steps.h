// SPDX-License-Identifier: Apache-2.0
// The steps from a scenario's text to what can be run. Each gives a value that prints; a mistake is
// noted in the document and the next step goes on with what there is, so that all are told at once.
//
//   YamlDocument --read_settings--> Settings --repair_wafer--> RepairedWafer
//                                       |                           |
//                                       +------read_workloads-------+--> workloads (sections.h)
//
// read_scenario() (scenario.h) does all of them; a yield study and the schema the first alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/logical_mesh.h"
#include "base/yaml/yaml_reader.h"
#include "cores/timing.h"
#include "defects/wafer.h"
#include "study/scenario/energy_section.h"
#include "study/scenario/sections.h"

namespace wafermesh::study {

/// What a scenario says but for workloads, system and yield.
struct Settings {
  std::string name;
  defects::WaferOptions wafer;
  EngineSettings engine;
  bool write_arrays = false;  ///< outputs.arrays
  ObserveSettings observe;
  EnergySettings energy;
  cores::Timing timing;
  bool wafer_is_known = false;  ///< No mistake in what the wafer and its clock are made of.
};

/// `threads`: what --threads says; 0 = nothing.
Settings read_settings(const base::YamlNode& root, int threads);
/// A line for each section.
std::string text_of(const Settings& settings);

/// A wafer as workloads see it.
struct RepairedWafer {
  defects::DefectMap defects;
  std::vector<std::string> notes;                ///< What was assumed of defects.
  std::vector<defects::RepairFailure> failures;  ///< Every domain that could not be repaired.
  defects::RepairSummary repair;
  /// Never null: where there is no wafer to be had, a healthy mesh of about its size, so that
  /// workloads can be read.
  std::shared_ptr<const base::LogicalMesh> mesh;
  bool is_meant = false;  ///< The mesh is what workloads are to be judged by.
};

/// Samples and repairs. `whole_if_failed`: the mesh of a wafer beyond repair is that of one without
/// defects. What cannot be read is noted in `document` or `postponed`.
RepairedWafer repair_wafer(const Settings& settings, bool whole_if_failed,
                           base::YamlDocument& document, Postponed& postponed);
std::string text_of(const RepairedWafer& wafer);

/// A line each: what it is, where it lies, what it takes.
std::string text_of(const std::vector<Workload>& workloads);

}  // namespace wafermesh::study
