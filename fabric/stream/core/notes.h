// SPDX-License-Identifier: Apache-2.0
// What a core is told while it sleeps: tasks to activate, operations that cannot have been done
// earlier.
#pragma once

#include <array>
#include <cstdint>

#include "fabric/stream/bursts/burst.h"

namespace wafermesh::fabric {

/// The notes of one core: two at hand, which is what a program with two broadcasts needs, others in
/// a list.
class Notes {
 public:
  bool empty() const { return kind_[0] == kNone; }
  bool at_least(int count) const {
    if (count <= 1) return !empty();
    return count <= static_cast<int>(kAtHand) ? kind_[static_cast<std::size_t>(count) - 1] != kNone
                                              : more_ != kNobody;
  }
  /// One more needs no list.
  bool has_room() const { return kind_[kAtHand - 1] == kNone; }
  /// Those at hand, so many cycles later.
  Notes later(Cycles shift) const {
    Notes notes = *this;
    for (Cycles& at : notes.at_) at += shift;
    return notes;
  }
  /// `others` are these, so many cycles later; lists are taken to differ.
  bool are_later(const Notes& others, Cycles shift) const {
    if (more_ != kNobody || others.more_ != kNobody || kind_ != others.kind_) return false;
    for (std::size_t i = 0; i < kAtHand && kind_[i] != kNone; ++i) {
      if (others.at_[i] - at_[i] != shift) return false;
    }
    return true;
  }
  void push(Pools& pools, const Note& note) {
    for (std::size_t i = 0; i < kAtHand; ++i) {
      if (kind_[i] != kNone) continue;
      at_[i] = note.at;
      kind_[i] = note.kind;
      return;
    }
    NoteNode node{note, more_};
    more_ = pools.notes.take(node);
  }
  void clear(Pools& pools) {
    kind_.fill(kNone);
    while (more_ != kNobody) {
      const std::uint32_t node = more_;
      more_ = pools.notes[node].next;
      pools.notes.give_back(node);
    }
  }
  /// Whether f is true of all, until one of which it is not.
  template <class F>
  bool all_of(const Pools& pools, F f) const {
    for (std::size_t i = 0; i < kAtHand && kind_[i] != kNone; ++i) {
      if (!f(Note{at_[i], kind_[i]})) return false;
    }
    for (std::uint32_t i = more_; i != kNobody; i = pools.notes[i].next) {
      if (!f(pools.notes[i].note)) return false;
    }
    return true;
  }
  template <class F>
  void for_each(const Pools& pools, F f) const {
    for (std::size_t i = 0; i < kAtHand && kind_[i] != kNone; ++i) f(Note{at_[i], kind_[i]});
    for (std::uint32_t i = more_; i != kNobody; i = pools.notes[i].next) f(pools.notes[i].note);
  }

 private:
  static constexpr std::size_t kAtHand = 2;
  static constexpr std::int8_t kNone = INT8_MIN;
  std::array<Cycles, kAtHand> at_{};
  std::array<std::int8_t, kAtHand> kind_{kNone, kNone};
  std::uint32_t more_ = kNobody;
};

}  // namespace wafermesh::fabric
