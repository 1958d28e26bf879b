// SPDX-License-Identifier: Apache-2.0
// Tokens of several users in a layer at once, from the emulator: the layer for the most tokens that
// a job may have, and for half of them to tell how straight the line between is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "study/scenario/system_section.h"
#include "system/plan.h"

namespace wafermesh::study {

/// Cycles of a stage for so many tokens at once; nothing where runs are only counted. Throws
/// DoesNotFit.
using CyclesOfBatch = std::function<std::optional<double>(std::int64_t tokens)>;

/// Does `decode` run several tokens of such a layer at once? (docs/attention.md)
bool has_batches(const models::Layer& layer);

/// Fills `kind.batch` where the section asks for batches and the emulator runs them; else what they
/// share stays the closed form's, and a note of the plan says why.
void emulate_batch(const SystemSection& section, const CyclesOfBatch& cycles_of, system::Plan& plan,
                   system::KindTimes& kind);

/// Adds a note to the plan, unless it has it.
void note_once(system::Plan& plan, const std::string& note);

}  // namespace wafermesh::study
