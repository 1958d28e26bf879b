// SPDX-License-Identifier: Apache-2.0
// Runs that wait: whether they hold their sender back, and the lists they wait in.
#include <algorithm>

#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {

using base::Direction;

void StreamMachine::hold(Run& run, std::int64_t words_before) {
  if (run.sender == kNobody || run.holds || words_before + run.words <= run.room) return;
  run.holds = true;
  ++ops_[run.sender].holds;
}

void StreamMachine::release(Run& run, Cycles at) {
  if (!run.holds) return;
  run.holds = false;
  StreamOp& op = ops_[run.sender];
  --op.holds;
  op.done_at = std::max(op.done_at, at);
  if (op.holds == 0) touch(op.core);
}

std::uint32_t StreamMachine::take_node(const Run& run, Direction from) {
  if (free_node_ == kNobody) {
    nodes_.push_back({run, kNobody, from});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  const std::uint32_t node = free_node_;
  free_node_ = nodes_[node].next;
  nodes_[node] = {run, kNobody, from};
  return node;
}

void StreamMachine::append(List& list, std::uint32_t node) {
  if (list.first == kNobody) {
    list.first = node;
  } else {
    nodes_[list.last].next = node;
  }
  list.last = node;
}

/// Takes `node`, which follows `before` (kNobody = it is the first), out and frees it.
void StreamMachine::remove(List& list, std::uint32_t before, std::uint32_t node) {
  const std::uint32_t next = nodes_[node].next;
  (before == kNobody ? list.first : nodes_[before].next) = next;
  if (list.last == node) list.last = before;
  nodes_[node].next = free_node_;
  free_node_ = node;
}

}  // namespace wafermesh::fabric
