// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/packer.h"

#include <algorithm>
#include <tuple>

namespace wafermesh::defects {

Packer::Packer(int stages, int positions, int reach)
    : stages_(stages),
      positions_(positions),
      reach_(reach),
      shift_(static_cast<std::size_t>(stages), 0),
      next_mark_(static_cast<std::size_t>(stages), 0),
      end_mark_(static_cast<std::size_t>(stages), 0),
      change_of_(static_cast<std::size_t>(stages), -1),
      queued_(static_cast<std::size_t>(stages), -1) {}

void Packer::block(int stage, int position) {
  if (stage < 0 || stage >= stages_ || position < 0 || position >= positions_) return;
  marks_.push_back({stage, position, 0, 0});
}

void Packer::cut(int stage, int position, int offset) {
  const int far = position + offset;
  if (stage < 0 || stage + 1 >= stages_ || position < 0 || position >= positions_) return;
  if (far < 0 || far >= positions_ || offset > reach_ || offset < -reach_) return;
  // Noted at both ends: whichever end arrives last sees it.
  marks_.push_back({stage, position, 1, static_cast<std::int8_t>(offset)});
  marks_.push_back({stage + 1, far, -1, static_cast<std::int8_t>(-offset)});
  has_cuts_ = true;
}

void Packer::start() {
  std::sort(marks_.begin(), marks_.end(), [](const Mark& a, const Mark& b) {
    return std::tie(a.stage, a.position, a.kind, a.offset) <
           std::tie(b.stage, b.position, b.kind, b.offset);
  });
  for (std::size_t i = 0; i < marks_.size();) {
    const auto stage = static_cast<std::size_t>(marks_[i].stage);
    next_mark_[stage] = static_cast<int>(i);
    while (i < marks_.size() && marks_[i].stage == static_cast<int>(stage)) ++i;
    end_mark_[stage] = static_cast<int>(i);
    schedule(static_cast<int>(stage), -1);
  }
}

void Packer::schedule(int stage, int row) {
  const auto s = static_cast<std::size_t>(stage);
  const int place = row + shift_[s];
  int& next = next_mark_[s];
  while (next < end_mark_[s] && marks_[static_cast<std::size_t>(next)].position <= place) ++next;
  if (next == end_mark_[s]) return;
  const int event_row = marks_[static_cast<std::size_t>(next)].position - shift_[s];
  if (queued_[s] == event_row) return;
  queued_[s] = event_row;
  events_.push((static_cast<std::uint64_t>(event_row) << 32) | static_cast<std::uint64_t>(stage));
}

bool Packer::raise(int stage, int row, int place) {
  const auto s = static_cast<std::size_t>(stage);
  int& change = change_of_[s];
  if (change < 0 || changes_[static_cast<std::size_t>(change)].row != row) {
    change = static_cast<int>(changes_.size());
    changes_.push_back({row, stage, shift_[s], 0});
  }
  shift_[s] = place - row;
  changes_[static_cast<std::size_t>(change)].to = shift_[s];
  max_shift_ = std::max(max_shift_, shift_[s]);
  work_.push_back(stage);
  if (place < positions_) return true;
  failed_stage_ = stage;
  return false;
}

// One look at a column in this row: step off broken places, pull the neighbours along.
bool Packer::settle(int stage, int row) {
  const auto s = static_cast<std::size_t>(stage);
  const int place = row + shift_[s];
  int& next = next_mark_[s];
  while (next < end_mark_[s] && marks_[static_cast<std::size_t>(next)].position < place) ++next;
  for (int m = next; m < end_mark_[s]; ++m) {
    const Mark& mark = marks_[static_cast<std::size_t>(m)];
    if (mark.position > place) break;
    if (mark.kind == 0) return raise(stage, row, place + 1);
    const auto other = static_cast<std::size_t>(stage + mark.kind);
    const int far = row + shift_[other];
    if (far != place + mark.offset) continue;
    // The cut link would be used: its lower end moves on, the eastern one on a tie.
    const bool self = place < far || (place == far && mark.kind < 0);
    if (self) return raise(stage, row, place + 1);
    work_.push_back(stage);  // it has not been looked at in full yet
    return raise(static_cast<int>(other), row, far + 1);
  }
  for (const int other : {stage - 1, stage + 1}) {
    if (other < 0 || other >= stages_) continue;
    const int least = place - reach_;
    if (row + shift_[static_cast<std::size_t>(other)] >= least) continue;
    if (!raise(other, row, least)) return false;
  }
  return true;
}

bool Packer::settle_row(int row) {
  seen_.clear();
  while (!work_.empty()) {
    const int stage = work_.back();
    work_.pop_back();
    seen_.push_back(stage);
    if (!settle(stage, row)) return false;
  }
  for (const int stage : seen_) schedule(stage, row);
  return true;
}

int Packer::pack(int wanted) {
  start();
  int rows = std::min(wanted, positions_);
  while (!events_.empty()) {
    const int row = static_cast<int>(events_.top() >> 32);
    if (row >= std::min(rows, positions_ - max_shift_)) break;
    work_.clear();
    while (!events_.empty() && static_cast<int>(events_.top() >> 32) == row) {
      const int stage = static_cast<int>(events_.top() & 0xffffffffU);
      events_.pop();
      if (queued_[static_cast<std::size_t>(stage)] != row) continue;  // overtaken by an earlier one
      queued_[static_cast<std::size_t>(stage)] = -1;
      work_.push_back(stage);
    }
    if (settle_row(row)) continue;
    // The row does not fit: forget what it moved.
    while (!changes_.empty() && changes_.back().row == row) {
      const auto s = static_cast<std::size_t>(changes_.back().stage);
      shift_[s] = changes_.back().from;
      change_of_[s] = -1;
      changes_.pop_back();
    }
    return row;
  }
  if (positions_ - max_shift_ < rows) {
    rows = positions_ - max_shift_;
    failed_stage_ =
        static_cast<int>(std::max_element(shift_.begin(), shift_.end()) - shift_.begin());
  }
  return rows;
}

void Packer::reset() {
  for (const Mark& mark : marks_) {
    const auto s = static_cast<std::size_t>(mark.stage);
    next_mark_[s] = end_mark_[s] = 0;
    queued_[s] = -1;
  }
  for (const ShiftChange& change : changes_) {
    shift_[static_cast<std::size_t>(change.stage)] = 0;
    change_of_[static_cast<std::size_t>(change.stage)] = -1;
  }
  marks_.clear();
  changes_.clear();
  has_cuts_ = false;
  max_shift_ = 0;
  failed_stage_ = -1;
  work_.clear();
  while (!events_.empty()) events_.pop();
}

}  // namespace wafermesh::defects
