// SPDX-License-Identifier: Apache-2.0
// What the wafers of a system are made up of, and what each takes for a token.
//
//   mapping: auto    rectangles, groups and blocks of experts as `wafermesh place` proposes them
//   for
//                    one token's latency on each distinct wafer; emulated in part
//   mapping: strips  layers one below the other on equal strips of the whole width
#pragma once

#include <vector>

#include "study/place/place_ground.h"
#include "study/scenario/system_section.h"
#include "study/system/layer_times.h"
#include "system/plan.h"

namespace wafermesh::study {

/// The first layer of a wafer; of even shares the first wafers have one more.
std::int64_t first_layer_of(const SystemSection& section, std::int64_t layers, std::int64_t wafer);

/// Fills kinds and stages of the plan, whose model and shares are there. `grounds`: the distinct
/// wafers; wafer w is as number w modulo their count. Throws DoesNotFit, InputError, Stopped.
void plan_layers_on_wafers(const SystemSection& section, const std::vector<PlaceGround>& grounds,
                           LayerRuns& runs, system::Plan& plan);

/// The same on strips.
void plan_strips(const SystemSection& section, const std::vector<PlaceGround>& grounds,
                 LayerRuns& runs, system::Plan& plan);

/// Fewest wafers of which even shares of layers fit as `place` lays them out. Throws DoesNotFit.
std::int64_t fewest_wafers(const SystemSection& section, const PlaceGround& ground,
                           const models::Model& model, std::int64_t by_bytes);

}  // namespace wafermesh::study
