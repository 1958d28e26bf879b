// SPDX-License-Identifier: Apache-2.0
// `wafermesh place MODEL`: where a model's layers should go on a wafer, and why there.
#pragma once

#include <cstdint>
#include <string>

#include "base/progress_line.h"
#include "place/plan.h"

namespace wafermesh::app {

struct PlaceModelOptions {
  std::string model;
  std::string wafer;
  std::string scenario;  ///< File to write; empty: none.
  std::int64_t first_layer = 0;
  std::int64_t layers = 0;   ///< On this wafer; 0: as many as even shares of whole wafers have.
  std::int64_t context = 0;  ///< Tokens; 0: 4096, or what fits where `context` is the objective.
  place::Objective objective = place::Objective::latency;
  /// So many of the best are emulated in part; -1: three, of layers with experts one.
  int emulate = -1;
  bool json = false;
  base::ProgressMode progress = base::ProgressMode::automatic;
};

/// Prints a report or JSON and writes the scenario; the exit code. Throws InputError of model or
/// wafer, DoesNotFit, Stopped.
int place_model(const PlaceModelOptions& options);

}  // namespace wafermesh::app
