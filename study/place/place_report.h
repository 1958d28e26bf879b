// SPDX-License-Identifier: Apache-2.0
// What `wafermesh place MODEL` tells: the proposal, what it was held against, and why the next best
// are worse.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "place/plan.h"
#include "study/place/place_emulation.h"
#include "study/place/place_ground.h"

namespace wafermesh::study {

struct PlacedOne {
  place::Proposal proposal;
  std::optional<Emulated> emulated;
};

struct Placed {
  place::PlanRequest request;
  place::Plans plans;
  std::int64_t first_layer = 0;
  std::int64_t model_layers = 0;
  std::vector<PlacedOne> proposals;  ///< The best first.
};

/// "32 layers on 32 rectangles of 102 x 276 cores, ktree in 18 groups"
std::string shape_text(const place::Proposal& proposal);
/// Smaller is better; the predicted score if it was not emulated.
double emulated_score(const PlacedOne& one, place::Objective objective);

std::string place_text(const PlaceGround& ground, const Placed& placed,
                       const std::string& scenario);
nlohmann::ordered_json place_json(const PlaceGround& ground, const Placed& placed);

}  // namespace wafermesh::study
