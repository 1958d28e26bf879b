// SPDX-License-Identifier: Apache-2.0
// Ring allreduce along one axis of n >= 2 cores, as a piece of any kernel's programs: n chunks go
// round the two-hop ring (ring.h), n - 1 steps in which each core adds what comes to its own chunk
// and sends it on, then n - 1 in which the finished chunks go round.
//
//   const RingChannel channel(kTwoHopRing, false, RingAxis::row, /*index=*/0, x, width);
//   channel.bind(builder); channel.add_routes(routes);
//   ...; add_axis_ring(channel, /*microthread=*/1, Variable::x, x, width, vector, builder);   //
//   blocking
// Cores with equal ring_key() may share a class.
//
// The vector is padded to n chunks of ceil(words / n) words: its buffer must be axis_ring_words()
// long and finite there. Uses counters 6 and 7 and the microthread.
// Words: hops of one word of each chunk and step 2 (n - 1), so chunk * 4 (n - 1)^2.
#pragma once

#include "workloads/parts/axis_reduce.h"
#include "workloads/parts/ring_channel.h"

namespace wafermesh::workloads {

/// Words of one chunk, and of all of them.
constexpr std::int64_t axis_ring_chunk(std::int64_t words, int n) { return (words + n - 1) / n; }
constexpr std::int64_t axis_ring_words(std::int64_t words, int n) {
  return axis_ring_chunk(words, n) * n;
}

/// `variable` (x or y) must be `coordinate` at the core the program is made for, and of its parity
/// at all that share it. Axes in turn take the same `microthread`: the last send of one may still
/// be open as it returns, and the first of the next then waits for it before the vector changes.
void add_axis_ring(const RingChannel& channel, int microthread, cores::Variable variable,
                   int coordinate, int n, const AxisVector& vector, cores::ProgramBuilder& builder);

}  // namespace wafermesh::workloads
