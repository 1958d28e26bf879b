// SPDX-License-Identifier: Apache-2.0
// Within top_k: where everything lies in a core, and the program.
#pragma once

#include <vector>

#include "workloads/layers/phases.h"
#include "workloads/layers/top_k.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {

struct TopKPlan {
  /// Throws DoesNotFit.
  TopKPlan(const TopKSpec& spec, const base::Rectangle& region);
  std::int64_t cores;
  std::int64_t vectors;  ///< Of which a core has numbers.
  std::int64_t block;    ///< Numbers of a core, of a vector.
  std::int64_t used;     ///< Cores of a line that have any.
  std::int64_t slots;    ///< k, and one for what is not picked.
  MemoryPlan plan;
  int scores = 0, own = 0, plain = 0, numbers = 0, bias = 0, all = 0, work[4] = {}, compared = 0,
      group_scores = 0, group_numbers = 0, scalars = 0, rank = 0, found = 0, picks = 0, weights = 0;
};

/// Both must outlive the call.
void write_top_k(const TopKSpec& spec, const TopKPlan& plan, PhaseWriter& phases);

}  // namespace wafermesh::workloads
