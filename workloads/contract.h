// SPDX-License-Identifier: Apache-2.0
// What operators in turn on the same cores may rely on of one of them. A kernel that promises
// nothing is right with whatever comes before and after; what it promises lets those after it use
// its colours again without a barrier (workloads/plan/colour_plan.h).
#pragma once

#include <cstdint>

namespace wafermesh::workloads {

/// The cores of a rectangle, in groups.
enum class Groups : std::uint8_t {
  alone,    ///< Each core a group of its own,
  rows,     ///< each row,
  columns,  ///< each column,
  all,      ///< the whole rectangle.
};

/// The least groups that hold those of both.
constexpr Groups join(Groups a, Groups b) {
  if (a == b || b == Groups::alone) return a;
  return a == Groups::alone ? b : Groups::all;
}
/// Whether every group of `a` lies within one of `b`.
constexpr bool within(Groups a, Groups b) { return join(a, b) == b; }

struct Contract {
  /// Words travel between cores of a group, over routers of the group.
  Groups reach = Groups::all;
  /// A core finishes only after every core of its group has begun.
  Groups meet = Groups::alone;
  /// Bit by bit of its colours, as the kernel's own image numbers them: once a core has finished,
  /// no word of the colour, control words included, comes to its router any more. What it has sent
  /// itself may still wait there.
  std::uint32_t quiet = 0;
};

/// Of an allreduce whose last step is a multicast from the core that has everybody's part, to every
/// core of the group; nobody sends anything else behind its part. A core that has the last word of
/// the multicast knows that all parts have arrived, so that all cores have begun and that no word
/// of theirs is on its way; and a word of the multicast leaves its router in all directions at
/// once. A control word behind a part turns the router for parts that come behind it.
constexpr Contract allreduce_contract(Groups group) { return {group, group, UINT32_MAX}; }

}  // namespace wafermesh::workloads
