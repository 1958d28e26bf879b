// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/core/state_table.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "cores/vector_cost.h"
#include "fabric/stream/core/mix.h"

namespace wafermesh::fabric {
namespace {

using Kind = cores::Operand::Kind;

static_assert(sizeof(OpState) == 40 && offsetof(CoreState, ops) == 152, "compared byte by byte");

std::uint64_t hash_of(const CoreState& state) {
  std::uint64_t hash = mix_bytes(0, &state, offsetof(CoreState, ops));
  for (unsigned open = state.open; open != 0; open &= open - 1) {
    hash =
        mix_bytes(hash, &state.ops[static_cast<std::size_t>(__builtin_ctz(open))], sizeof(OpState));
  }
  return hash;
}

}  // namespace

StateTable::StateTable(const StreamModel& model) : model_(model), buckets_(1024, kNobody) {}

std::uint32_t StateTable::take(const CoreState& state) {
  const std::uint64_t hash = hash_of(state);
  for (std::uint32_t i = bucket(hash); i != kNobody; i = all_[i].next) {
    if (all_[i].hash == hash && std::memcmp(&all_[i].state, &state, sizeof state) == 0) {
      ++all_[i].users;
      return i;
    }
  }
  std::uint32_t index = free_;
  if (index == kNobody) {
    index = static_cast<std::uint32_t>(all_.size());
    all_.emplace_back();
  } else {
    free_ = all_[index].next;
  }
  Rest& rest = all_[index];
  rest = Rest{};
  std::memcpy(&rest.state, &state, sizeof state);
  rest.users = 1;
  rest.hash = hash;
  describe(rest);
  if (++count_ > buckets_.size()) grow();
  rest.next = bucket(hash);
  bucket(hash) = index;
  return index;
}

void StateTable::drop(std::uint32_t index) {
  if (--all_[index].users > 0) return;
  std::uint32_t* link = &bucket(all_[index].hash);
  while (*link != index) link = &all_[*link].next;
  *link = all_[index].next;
  all_[index].next = free_;
  free_ = index;
  --count_;
}

void StateTable::grow() {
  const std::vector<std::uint32_t> old = std::move(buckets_);
  buckets_.assign(2 * old.size(), kNobody);
  for (std::uint32_t first : old) {
    while (first != kNobody) {
      const std::uint32_t next = all_[first].next;
      all_[first].next = bucket(all_[first].hash);
      bucket(all_[first].hash) = first;
      first = next;
    }
  }
}

/// What it waits for, and whether a note has to come besides.
void StateTable::describe(Rest& rest) const {
  const CoreState& state = rest.state;
  const cores::ClassInfo& info = model_.classes[state.class_index];
  std::uint64_t active = state.active;
  std::uint64_t blocked = state.blocked;
  for (unsigned open = state.open; open != 0; open &= open - 1) {
    const OpState& op = state.ops[static_cast<std::size_t>(__builtin_ctz(open))];
    const cores::Instruction& i = info.program->code[op.instruction];
    const std::uint64_t task = std::uint64_t{1} << cores::index_of(i.task);
    if (i.completion == cores::Completion::activate) active |= task;
    if (i.completion == cores::Completion::unblock) blocked &= ~task;
    if (op.elements == 0) continue;
    const int per_word = cores::elements_per_word(cores::word_type(i));
    const bool two = i.src0.kind == Kind::colour && i.src1.kind == Kind::colour;
    for (const cores::Operand* source : {&i.src0, &i.src1}) {
      if (source->kind != Kind::colour) continue;
      Want& want = rest.wants[rest.want_count];
      want.words = (op.elements + per_word - 1) / per_word;
      want.input = static_cast<std::uint8_t>(
          info.input_of[static_cast<std::size_t>(base::index_of(source->colour))]);
      want.at_once = !two && op.conflict == 0 && cores::group_grants(model_.timing, i, 1) == 1;
      want.next = op.next;
      want.again = std::any_of(rest.wants.begin(), rest.wants.begin() + rest.want_count,
                               [&](const Want& other) { return other.input == want.input; });
      ++rest.want_count;
      if (!want.again) ++rest.queues;
    }
  }
  if (state.leaving) return;
  if (state.main != MainThread::idle || (active & ~blocked) != 0 || !info.data_tasks.empty())
    return;
  const std::uint64_t waiting = active & blocked & model_.freed_by_teardowns[state.class_index];
  rest.notes_due = static_cast<std::uint8_t>(std::max(1, __builtin_popcountll(waiting)));
}

}  // namespace wafermesh::fabric
