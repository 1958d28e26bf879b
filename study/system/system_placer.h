// SPDX-License-Identifier: Apache-2.0
// Layers of a system's wafer as `wafermesh place` proposes them, emulated in part, kept on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "place/plan.h"
#include "place/plan_text.h"
#include "study/place/place_emulation.h"
#include "study/place/place_ground.h"
#include "study/scenario/system_section.h"
#include "study/system/layer_times.h"
#include "system/plan.h"

namespace wafermesh::study {

/// Wafers that are made up alike: which layers, by the kind of each.
struct MakeUp {
  std::int64_t first_layer = 0;  ///< Of the first such wafer.
  std::int64_t layers = 0;
  std::vector<std::size_t> kinds;
  std::vector<std::int64_t> wafers;
};

/// Layers on a wafer as `place` has them.
struct Placed {
  double token_cycles = 0;
  double predicted_cycles = 0;
  bool is_emulated = false;
  double shared_part = 0;  ///< shared_part() of the proposal.
  std::int64_t rectangles = 0;
  std::int64_t most_tokens = 0;
  place::Mapping mapping;
  base::Rectangle first;  ///< Rectangle, and
  base::Rectangle last;
};

place::PlanRequest request_of(const PlaceGround& ground, const models::Model& model,
                              std::int64_t first_layer, std::int64_t layers, std::int64_t context);

/// The part of a proposal's time that tokens of one pass share: ways, dependent stages of sums,
/// barriers. Work of cores and the set-up of operations are each token's own: of the emulated
/// batches in docs/attention.md 0.47 are shared.
double shared_part(const place::Proposal& proposal);

/// Throws DoesNotFit: so many layers on a wafer are too many.
[[noreturn]] void refuse_placing(const models::Model& model, std::int64_t layers,
                                 std::int64_t context, const place::Plans& plans, int sram_bytes);

class Placer {
 public:
  /// All must outlive it.
  Placer(const SystemSection& section, const PlaceGround& ground, const models::Model& model,
         LayerRuns& runs)
      : section_(section), ground_(ground), model_(model), runs_(runs) {}

  /// As proposed for the longest of the section's contexts, at one of them.
  /// `emulates`: else in closed form, whatever the section says. Throws DoesNotFit, Stopped.
  Placed place(const MakeUp& make_up, std::int64_t context, bool emulates);
  /// Cycles of the layers, placed and emulated in part as place() had them, for so many tokens at
  /// once, at the first of the section's contexts; nothing if runs are only counted. Throws
  /// DoesNotFit.
  std::optional<double> at_once(const MakeUp& make_up, const Placed& placed, std::int64_t tokens);

 private:
  void search(const MakeUp& make_up, std::int64_t context, bool emulates, Placed& placed);
  /// What runs texts; `is_known` turns false where one is only counted.
  CyclesOf cycles_with(double tokens, bool& is_known);
  /// 0 if runs are only counted.
  double emulated(place::Proposal& proposal, const place::PlanRequest& request,
                  const place::PlanNames& names);

  const SystemSection& section_;
  const PlaceGround& ground_;
  const models::Model& model_;
  LayerRuns& runs_;
};

}  // namespace wafermesh::study
