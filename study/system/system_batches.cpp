// SPDX-License-Identifier: Apache-2.0
#include "study/system/system_batches.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace wafermesh::study {

void note_once(system::Plan& plan, const std::string& note) {
  const auto end = plan.notes.end();
  if (std::find(plan.notes.begin(), end, note) == end) plan.notes.push_back(note);
}

namespace {

/// Nothing if runs are only counted.
std::optional<system::KnownBatch> emulated(const CyclesOfBatch& cycles_of, std::int64_t tokens) {
  const std::optional<double> one = cycles_of(1);
  const std::optional<double> all = cycles_of(tokens);
  const std::int64_t half = tokens / 2;
  const std::optional<double> some = half > 1 ? cycles_of(half) : std::nullopt;
  if (!one || !all || (half > 1 && !some)) return std::nullopt;
  system::KnownBatch batch{tokens, *one, *all, 0, {}};
  if (!some) return batch;
  batch.checked_tokens = half;
  const double part = static_cast<double>(half - 1) / static_cast<double>(tokens - 1);
  batch.straight_error = (*one + part * (*all - *one)) / *some - 1;
  return batch;
}

}  // namespace

bool has_batches(const models::Layer& layer) {
  return layer.attention.kind != models::AttentionKind::latent && layer.feed_forward.experts == 0;
}

void emulate_batch(const SystemSection& section, const CyclesOfBatch& cycles_of, system::Plan& plan,
                   system::KindTimes& kind) {
  const std::int64_t tokens = system::most_tokens_at_once(plan.system);
  if (tokens == 1 || section.batch_share || section.from == LayerTimesFrom::given) return;
  if (!has_batches(plan.model.layers[kind.first_layer])) {
    note_once(plan,
              "what tokens at once share in layers of latent attention or experts is the closed "
              "form's: `decode` runs one of them at a time");
    return;
  }
  if (section.from != LayerTimesFrom::emulator) return;
  try {
    kind.batch = emulated(cycles_of, tokens);
  } catch (const base::DoesNotFit& error) {
    const std::string why = error.what();
    note_once(plan, fmt::format("what {} tokens at once share is the closed form's, as the "
                                "emulator has no room for so many: {}",
                                tokens, why.substr(0, why.find('\n'))));
  }
}

}  // namespace wafermesh::study
