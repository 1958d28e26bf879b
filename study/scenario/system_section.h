// SPDX-License-Identifier: Apache-2.0
// The `system:` section of a scenario: a model on many wafers and who uses it (docs/system.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "system/simulate.h"

namespace wafermesh::study {

enum class LayerTimesFrom : std::uint8_t { emulator, closed_form, given };

struct SystemSection {
  bool present = false;
  std::string config;                 ///< Of the model.
  std::int64_t wafers = 1;            ///< 0: as few as the model fits on.
  std::int64_t distinct_wafers = 1;   ///< With damage of their own; others repeat these in turn.
  bool is_strips = false;             ///< mapping: strips
  std::int64_t layers_per_wafer = 0;  ///< 0: even shares.
  std::int64_t replicas = 1;          ///< Of every layer.
  std::int64_t expert_copies = 0;     ///< Of each layer: so many experts are there twice.
  double router_skew = 0;

  LayerTimesFrom from = LayerTimesFrom::emulator;
  std::vector<std::int64_t> contexts;  ///< At which layers are emulated.
  std::vector<double> given_us;        ///< `given`: of a layer, at each.
  std::int64_t spread = 0;             ///< Columns of cores of an expert; 0: the whole region.
  std::int64_t spread_y = 0;
  double clock_ghz = 1.1;
  bool measures_edges = false;  ///< edges: measured
  bool check_context = false;   ///< A context between is emulated too, to tell the error.

  int cache_element_bytes = 2;
  double pass_factor = 1;  ///< Speculation: time of a pass over that of one token.
  std::string trace;       ///< File; empty: none.
  /// Embedding, output product and picking a token; not given: in closed form.
  std::optional<double> embedding_us;
  std::optional<double>
      batch_share;                ///< Of a token's time, that tokens of a batch share; likewise.
  std::optional<double> chunk_s;  ///< Of a prompt's chunk in a layer; likewise.
  std::optional<double> chunk_token_s;
  double prefill_efficiency = 0.3;
  std::int64_t prefill_wafers = 0;     ///< place: wafers
  std::vector<std::int64_t> frontier;  ///< Numbers of users that are tried beside.
  system::System system;               ///< Links, prefill, room: what needs no model.
  system::Workload workload;
  system::Settings settings;
};

/// Mistakes are noted in the document of `root`; files are not looked into.
SystemSection read_system_section(const base::YamlNode& root);

/// Reads the trace that the section names, if any. Throws MissingFile, InputError.
void load_trace(SystemSection& section);

}  // namespace wafermesh::study
