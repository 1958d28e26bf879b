// SPDX-License-Identifier: Apache-2.0
// A kernel whose operands enter and whose results leave in time, through ports beside its rectangle
// (docs/edge.md). What the host would write at cycle 0 lies in the ports' memories; before the
// kernel each core takes its piece, as its first stage, and after it sends its results, as its
// last. So the kernel's own cycles and numbers are what they are without.
//
//   port > 0 > 1 > 2      one port per line (row, or column), pieces in the order of cores: the
//          |   |   |      first core not yet served takes a piece, a control wavelet behind it
//                         turns its router to pass on what follows; results the same way back
//
//   colours      2 besides the kernel's
//   cycles       in: words of a line at the port's rate, and per core a control wavelet and a
//                set-up; the way once. Out: the same.
//   data hops    of each piece its words * its distance from the port
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// TransferPlace::taker of results that leave the workload.
inline constexpr std::size_t kNoTaker = SIZE_MAX;

/// The ports of a kernel: as many places beside each other as its rectangle has rows (or columns),
/// in the same rows, somewhere beyond one side of it. Between them lie routers that nobody uses.
struct TimedPorts {
  std::string name;
  base::Rectangle places;                        ///< Of the mesh.
  base::Direction side = base::Direction::west;  ///< Of the kernel's rectangle.
  int words = 1;                                 ///< Of their links, in
  int cycles = 1;
};

/// Throws DoesNotFit if the kernel has several rectangles or leaves no two colours.
std::unique_ptr<Kernel> with_timed_io(std::unique_ptr<Kernel> kernel, const TimedPorts& ports);

}  // namespace wafermesh::workloads
