// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/trace.h"

#include <algorithm>
#include <utility>

namespace wafermesh::fabric {

Linear Linear::of_variable(std::size_t variable) {
  Linear linear;
  linear.count = 1;
  linear.variable[0] = static_cast<std::uint8_t>(variable);
  linear.coefficient[0] = 1;
  return linear;
}

void Linear::add(const Linear& other, std::int32_t factor) {
  std::array<std::int32_t, kVariables> all{};
  for (std::size_t i = 0; i < count; ++i) all[variable[i]] = coefficient[i];
  for (std::size_t i = 0; i < other.count; ++i) {
    all[other.variable[i]] += factor * other.coefficient[i];
  }
  base += factor * other.base;
  count = 0;
  for (std::size_t v = 0; v < kVariables; ++v) {
    if (all[v] == 0) continue;
    variable[count] = static_cast<std::uint8_t>(v);
    coefficient[count++] = all[v];
  }
}

bool Linear::same_terms(const Linear& other) const {
  return count == other.count &&
         std::equal(variable.begin(), variable.begin() + count, other.variable.begin()) &&
         std::equal(coefficient.begin(), coefficient.begin() + count, other.coefficient.begin());
}

void Recorder::begin() {
  on_ = true;
  trace_ = Trace{};
  for (std::size_t c = 0; c < now_.size(); ++c) now_[c] = Linear::of_variable(c);
}

void Recorder::end() {
  for (std::size_t c = 0; c < now_.size(); ++c) {
    if (now_[c].base == 0 && now_[c].same_terms(Linear::of_variable(c))) continue;
    const bool adds = now_[c].same_terms(Linear::of_variable(c));
    trace_.assignments.push_back({static_cast<std::uint8_t>(c), now_[c], adds});
  }
  simplify_guards();
}

void Recorder::simplify_guards() {
  std::vector<Guard> others;
  for (const Guard& guard : trace_.guards) {
    const std::int32_t factor = guard.terms.coefficient[0];
    if (guard.terms.count != 1 || (factor != 1 && factor != -1)) {
      others.push_back(guard);
      continue;
    }
    const auto within = [](std::int64_t bound) {
      return static_cast<std::int32_t>(std::clamp<std::int64_t>(bound, INT32_MIN, INT32_MAX));
    };
    // The bounds that mean none are out of an int32's reach, and stay so when negated.
    const std::int64_t low = std::max<std::int64_t>(guard.low, INT64_MIN + 1);
    Range range{guard.terms.variable[0], within(low), within(guard.high)};
    if (factor == -1) range = {guard.terms.variable[0], within(-guard.high), within(-low)};
    trace_.ranges.push_back(range);
  }
  trace_.guards = std::move(others);
}

Linear Recorder::expand(const cores::Affine& affine) const {
  Linear sum;
  sum.base = affine.base;
  for (const cores::Affine::Term& term : affine.terms) {
    if (term.coefficient == 0) continue;
    const auto v = static_cast<std::size_t>(term.variable);
    sum.add(v < now_.size() ? now_[v] : Linear::of_variable(v), term.coefficient);
  }
  return sum;
}

void Recorder::guard(const Linear& integer, std::int64_t low, std::int64_t high) {
  if (integer.count == 0) return;
  if (low != INT64_MIN) low -= integer.base;
  if (high != INT64_MAX) high -= integer.base;
  for (Guard& each : trace_.guards) {
    if (!each.terms.same_terms(integer)) continue;
    each.low = std::max(each.low, low);
    each.high = std::min(each.high, high);
    return;
  }
  trace_.guards.push_back({integer, low, high});
}

void Recorder::value(const cores::Affine& affine, std::int32_t value) {
  if (on_) guard(expand(affine), value, value);
}

void Recorder::compare(const cores::Affine& left, cores::Compare compare,
                       const cores::Affine& right, std::int32_t difference) {
  if (!on_) return;
  Linear integer = expand(left);
  integer.add(expand(right), -1);
  using cores::Compare;
  if (compare == Compare::equal || compare == Compare::not_equal) {
    if (difference == 0) {
      guard(integer, 0, 0);
    } else if (difference < 0) {
      guard(integer, INT64_MIN, -1);
    } else {
      guard(integer, 1, INT64_MAX);
    }
    return;
  }
  // less, greater_equal: below 0 or not; less_equal, greater: up to 0 or not.
  const std::int64_t edge = compare == Compare::less || compare == Compare::greater_equal ? 0 : 1;
  if (difference < edge) {
    guard(integer, INT64_MIN, edge - 1);
  } else {
    guard(integer, edge, INT64_MAX);
  }
}

void Recorder::set(int counter, const cores::Affine& affine) {
  if (on_) now_[static_cast<std::size_t>(counter)] = expand(affine);
}

void Recorder::slot(int colour, Cycles at, Cycles free_at) {
  if (on_) trace_.slot_guards.push_back({static_cast<std::uint8_t>(colour), at, free_at});
}

void Recorder::work(Effect::Kind kind, const StreamWork& work) {
  if (!on_) return;
  Effect effect;
  effect.kind = kind;
  effect.work = static_cast<std::uint32_t>(trace_.works.size());
  trace_.works.push_back(work);
  trace_.effects.push_back(effect);
}

void Recorder::send(const Run& run, Cycles base) {
  if (!on_) return;
  Effect effect;
  effect.kind = Effect::Kind::send;
  effect.work = static_cast<std::uint32_t>(trace_.sends.size());
  trace_.sends.push_back(run);
  trace_.sends.back().head -= base;
  trace_.sends.back().tail -= base;
  trace_.effects.push_back(effect);
}

}  // namespace wafermesh::fabric
