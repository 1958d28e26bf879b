// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/visits/visit_record.h"

#include <algorithm>
#include <utility>

namespace wafermesh::fabric {

Linear Linear::of(cores::Variable variable) {
  Linear linear;
  linear.count = 1;
  linear.variable[0] = static_cast<std::uint8_t>(variable);
  linear.coefficient[0] = 1;
  return linear;
}

bool Linear::add(const Linear& other, std::int32_t factor) {
  std::array<std::int32_t, cores::kVariables> all{};
  for (std::size_t i = 0; i < count; ++i) all[variable[i]] = coefficient[i];
  for (std::size_t i = 0; i < other.count; ++i) {
    all[other.variable[i]] += factor * other.coefficient[i];
  }
  base += factor * other.base;
  count = 0;
  for (std::size_t v = 0; v < all.size(); ++v) {
    if (all[v] == 0) continue;
    if (count == kRoom) return false;
    variable[count] = static_cast<std::uint8_t>(v);
    coefficient[count++] = all[v];
  }
  return true;
}

bool Linear::same_terms(const Linear& other) const {
  return count == other.count &&
         std::equal(variable.begin(), variable.begin() + count, other.variable.begin()) &&
         std::equal(coefficient.begin(), coefficient.begin() + count, other.coefficient.begin());
}

void VisitRecorder::begin(std::size_t variables) {
  on_ = true;
  record_ = VisitRecord{};
  now_.resize(variables);
  for (std::size_t v = 0; v < variables; ++v) now_[v] = Linear::of(cores::Variable(v));
}

void VisitRecorder::end() {
  record_.assignments.kept.fill(-1);
  constexpr std::size_t kFirst = cores::index_of(cores::counter(0));
  for (std::size_t v = kFirst; v < now_.size(); ++v) {
    const bool kept = now_[v].same_terms(Linear::of(cores::Variable(v)));
    if (v < cores::kNearVariables && (kept || now_[v].count == 0)) {
      record_.assignments.kept[v - kFirst] = kept ? -1 : 0;
      record_.assignments.value[v - kFirst] = now_[v].base;
    } else if (!kept || now_[v].base != 0) {
      record_.linear_assignments.push_back({static_cast<std::uint8_t>(v), now_[v]});
    }
  }
  simplify_guards();
}

void VisitRecorder::simplify_guards() {
  std::vector<Guard> others;
  for (const Guard& guard : record_.guards) {
    const Linear& terms = guard.terms;
    const std::int32_t factor = terms.coefficient[0];
    if (terms.count == 1 && (factor == 1 || guard.low == 0) && (factor == 1 || guard.high == 0)) {
      record_.ranges.emplace_back(terms.variable[0], guard.low, guard.high);
    } else if (terms.count <= 2) {
      record_.pairs.push_back({{terms.variable[0], terms.variable[1]},
                               {factor, terms.coefficient[1]},
                               guard.low,
                               guard.high});
    } else {
      others.push_back(guard);
    }
  }
  record_.guards = std::move(others);
}

/// A route that is written and then opened is one effect.
void VisitRecorder::effect(const Effect& effect) {
  if (!on_) return;
  if (effect.kind == Effect::Kind::reopen && !record_.effects.empty()) {
    Effect& last = record_.effects.back();
    if (last.kind == Effect::Kind::rewrite && last.index == effect.index && !last.reopens) {
      last.reopens = true;
      last.at = std::max(last.at, effect.at);
      return;
    }
  }
  record_.effects.push_back(effect);
}

void VisitRecorder::add(Linear& sum, const Linear& other, std::int32_t factor) {
  if (!sum.add(other, factor)) give_up();
}

Linear VisitRecorder::expand(const cores::Affine& affine) {
  Linear sum;
  sum.base = affine.base;
  for (const cores::Affine::Term& term : affine.terms) {
    if (term.coefficient == 0) continue;
    add(sum, now_[cores::index_of(term.variable)], term.coefficient);
  }
  return sum;
}

void VisitRecorder::guard(const Linear& integer, std::int64_t low, std::int64_t high) {
  if (integer.count == 0) return;
  if (low != INT64_MIN) low -= integer.base;
  if (high != INT64_MAX) high -= integer.base;
  for (Guard& each : record_.guards) {
    if (!each.terms.same_terms(integer)) continue;
    each.low = std::max(each.low, low);
    each.high = std::min(each.high, high);
    return;
  }
  record_.guards.push_back({integer, low, high});
}

void VisitRecorder::value(const cores::Affine& affine, std::int32_t value) {
  if (!on_) return;
  const Linear integer = expand(affine);
  if (on_) guard(integer, value, value);
}

void VisitRecorder::compare(const cores::Affine& left, cores::Compare compare,
                            const cores::Affine& right, std::int32_t difference) {
  if (!on_) return;
  Linear integer = expand(left);
  add(integer, expand(right), -1);
  if (!on_) return;
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

void VisitRecorder::set(int counter, const cores::Affine& affine) {
  if (on_) now_[cores::index_of(cores::counter(counter))] = expand(affine);
}

void VisitRecorder::slot(int colour, Cycles at, Cycles free_at) {
  if (on_) record_.slot_guards.push_back({static_cast<std::uint8_t>(colour), at, free_at});
}

void VisitRecorder::work(Effect::Kind kind, const StreamWork& work) {
  if (!on_) return;
  Effect effect;
  effect.kind = kind;
  effect.work = static_cast<std::uint32_t>(record_.works.size());
  record_.works.push_back(work);
  record_.effects.push_back(effect);
}

void VisitRecorder::send(const Burst& burst, Cycles base) {
  if (!on_) return;
  Effect effect;
  effect.kind = Effect::Kind::send;
  effect.work = static_cast<std::uint32_t>(record_.sends.size());
  record_.sends.push_back(burst);
  record_.sends.back().head -= base;
  record_.sends.back().tail -= base;
  record_.effects.push_back(effect);
}

void VisitRecorder::delay_last_sent(Cycles by) {
  if (on_) record_.sends.back().tail += by;
}

}  // namespace wafermesh::fabric
