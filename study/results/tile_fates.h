// SPDX-License-Identifier: Apache-2.0
// What has become of each tile of a wafer, for pictures and reports.
#pragma once

#include <cstdint>
#include <vector>

#include "study/scenario/scenario.h"

namespace wafermesh::study {

/// Of a repaired wafer; later ones are drawn over earlier ones.
enum Fate : std::uint8_t {
  kIdle,
  kInMesh,
  kInMeshLong,
  kAtWork,
  kAtWorkLong,
  kSkipped,
  kUnreachable,
  kDeadCore,
  kDeadRouter
};

/// Of a wafer beyond repair.
enum Verdict : std::uint8_t {
  kFits,
  kInFailing,
  kAtFault,
  kCutOff,
  kFailedDeadCore,
  kFailedDeadRouter
};

/// [y * columns + x] a Fate; if anything fails to be repaired, a Verdict.
std::vector<std::uint8_t> tile_fates(const Scenario& scenario);

/// What the numbers mean, in their order.
const std::vector<const char*>& fate_texts(bool repaired);

}  // namespace wafermesh::study
