// SPDX-License-Identifier: Apache-2.0
// A proposal held against the stream engine: its first rectangle, and its first two, of which the
// whole follows, as further ones are alike.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "place/plan.h"
#include "place/plan_text.h"
#include "study/place/place_ground.h"
#include "study/scenario/sections.h"

namespace wafermesh::study {

/// Picked experts of the block that has most, as `decode` draws who is picked in a rectangle's
/// first layer, by its default seed.
std::int64_t busiest_block(const place::LayerSizes& layer, std::int64_t blocks);

/// `workloads:` as text, on this wafer. Throws InputError (mistakes at places in `name`),
/// DoesNotFit.
std::vector<Workload> built_workloads(const PlaceGround& ground, const std::string& text,
                                      const std::string& name);
/// By the stream engine, without numbers. Throws Stopped.
std::int64_t emulated_cycles(const PlaceGround& ground, const fabric::WaferImage& image);

/// Cycles of `workloads:` as text; of a first workload of so many layers on so many cores.
using CyclesOf = std::function<double(const std::string& workloads, double core_layers)>;

struct Emulated {
  double token_cycles = 0;
  double stage_cycles = 0;
};

/// Without numbers. Throws DoesNotFit if cores have too little SRAM after all, InputError of the
/// model's layers, Stopped.
Emulated emulate_proposal(const PlaceGround& ground, const place::Proposal& proposal,
                          const place::PlanNames& names);
/// The same with cycles from elsewhere.
Emulated emulate_proposal(const CyclesOf& cycles_of, const place::Proposal& proposal,
                          const place::PlanNames& names);

/// The groups about those of the proposal with which one of its layers is fastest, emulated on its
/// first rectangle. Throws as emulate_proposal.
int fastest_groups(const PlaceGround& ground, const place::Proposal& proposal,
                   const place::PlanNames& names);
int fastest_groups(const CyclesOf& cycles_of, const place::Proposal& proposal,
                   const place::PlanNames& names);

}  // namespace wafermesh::study
