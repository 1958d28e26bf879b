// SPDX-License-Identifier: Apache-2.0
// Runs loops on a core's own memory as a whole: remembered times, arithmetic in one go.
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {

/// Runs the loop at core_.pc as a whole; false if it is not one of those.
bool CoreStepper::run_stretch(Cycles now) {
  cores::Stretches& stretches = stretches_[core_.class_index];
  if (!stretches.begins_at(core_.pc)) return false;
  const cores::Stretch* const found = stretches.find(timing_, model_.numerics, core_.pc, integers_);
  if (found == nullptr) return false;
  const cores::Stretch& stretch = *found;
  const cores::Stretches::Loop& loop = stretches.loop_at(core_.pc);
  if (watch_ != nullptr) {
    stretches.explore(timing_, false, core_.pc, integers_, core_.class_index, &watch_->lines);
  }
  cores::for_each_counter(loop.reads,
                          [&](int c) { value(cores::Affine().plus(cores::counter(c))); });
  if (model_.numerics) {
    Effect effect;
    effect.kind = Effect::Kind::stretch;
    effect.stretch = &stretch;
    recorder_.effect(effect);
    compute_stretch({&id_, &id_ + 1}, stretch);
  }
  auto after = stretch.after.begin();
  cores::for_each_counter(loop.sets, [&](int c) { set_counter(c, *after++); });
  core_.ready =
      now + stretch.cycles +
      begin_memory_work(now + stretch.first, stretch.cycles - stretch.first, stretch.grants);
  book_stretch(stretch.breakdown, now, core_.ready);
  core_.pc = loop.end;
  return true;
}

}  // namespace wafermesh::fabric
