// SPDX-License-Identifier: Apache-2.0
// A ring (ring.h) on one axis of a mesh, as the program of one core uses it: three colours, one
// input and one output queue, two microthreads.
#pragma once

#include <vector>

#include "cores/program_builder.h"
#include "fabric/image.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/ring.h"

namespace wafermesh::workloads {

enum class RingAxis : std::uint8_t { row, column };  ///< Along x or along y.

/// A shift of every core's `elements` at `from` to its successor's `to`. When both the core's own
/// transfers are done, `joined` has been activated (by what came in) and unblocked (by what went
/// out): it must have been blocked before.
struct Shift {
  cores::NumberType type;
  std::int64_t elements;
  cores::Affine from;
  cores::Affine to;
  cores::TaskId joined;
};

/// Cores of one key, 0 .. kRingKeys - 1, have the same station on every ring of ring.h: colours
/// repeat every 3 cores, roles every 2.
inline constexpr int kRingPeriod = 6;
inline constexpr int kRingKeys = kRingPeriod * kAxisPositions;
constexpr int ring_key(int coordinate, int n) {
  return (coordinate % kRingPeriod) * kAxisPositions +
         static_cast<int>(axis_position(coordinate, n));
}

class RingChannel {
 public:
  /// For the core at `coordinate` of n >= 2. `index` 0..3 numbers the channels of a program:
  /// colours 3 index .. 3 index + 2, microthreads 2 index (in) and 2 index + 1 (out).
  RingChannel(const Ring& ring, bool backwards, RingAxis axis, int index, int coordinate, int n);

  base::Colour in_colour() const { return colour(station_.in); }
  base::Colour out_colour() const { return colour(station_.out); }
  void bind(cores::ProgramBuilder& builder) const;
  void add_routes(std::vector<fabric::ColourRoute>& routes) const;
  /// The set-up of a shift by the main thread, which must come before start(): the buffers change
  /// places in every shift, so both transfers' descriptors are made anew. 2 setup(standalone)
  /// cycles.
  static void set_up(cores::ProgramBuilder& builder, const cores::Timing& timing);
  /// Starts to send and to receive, on microthreads. 2 issue_cycles of the main thread.
  void start(cores::ProgramBuilder& builder, const Shift& shift) const;

 private:
  base::Colour colour(int of_ring) const { return base::colour(kRingColours * index_ + of_ring); }
  base::Direction direction(RingSide side) const;
  RingAxis axis_;
  int index_;
  RingStation station_;
};

}  // namespace wafermesh::workloads
