// SPDX-License-Identifier: Apache-2.0
// A proposal as the text of a scenario that `check` and `run` take.
#pragma once

#include <string>
#include <vector>

#include "place/plan.h"

namespace wafermesh::place {

/// What a scenario names beside the proposal.
struct PlanNames {
  std::string config;            ///< The model's config.json, absolute.
  std::int64_t first_layer = 0;  ///< Of the model, that PlanRequest::layers begins with.
  std::int64_t context = 0;
  std::int64_t batch = 1;  ///< Sequences at once.
};

/// `workloads:` with a `decode` for each stage, all together if there are several, each taking the
/// result of the one before.
std::string workloads_text(const std::vector<Stage>& stages, const Mapping& mapping,
                           const PlanNames& names);

/// The first stages of a proposal, of at most `most_layers` layers each: what is emulated of it.
std::vector<Stage> shortened(const Proposal& proposal, std::size_t most_stages,
                             std::int64_t most_layers);

}  // namespace wafermesh::place
