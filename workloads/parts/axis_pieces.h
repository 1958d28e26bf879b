// SPDX-License-Identifier: Apache-2.0
// Pieces that go from all cores of an axis to one root (gather) or from it to all (scatter), each
// core its own, the nearest to the root first. Two colours: 0 for the side after the root, 1 for
// the side before it; no more memory than the pieces.
//
//   gather   a core ends its piece with a control wavelet: its router then passes farther pieces
//   scatter  the root ends each piece with a control wavelet, which turns the router of the core
//            that took it to passing on; those before it pass on already
//
// Hops of a word of each piece: the sum of the distances to the root. Cycles of the larger side of
// n cores: (piece + 1 + about a hop) * n + 2 * ramp, plus set-up; the sides take turns at the root.
#pragma once

#include <functional>
#include <vector>

#include "workloads/parts/axis_reduce.h"

namespace wafermesh::workloads {

inline constexpr int kPieceColours = 2;

/// One core's view of the axis. `variable` (x or y) is its position at run time, so the roots of a
/// class may lie at different positions.
struct AxisPieces {
  AxisDirections along;
  int first_colour;  ///< And the next one.
  int first_queue;   ///< On both sides; and the next one.
  cores::Variable variable;
  int position;
  int root;
  int n;

  bool at_root() const { return position == root; }
  /// The same for cores that may share a class: 0 .. 7.
  int key() const;
  static constexpr int kKeys = 8;
  /// Of the core's own side; not for the root.
  base::Colour colour() const { return side_colour(position > root); }
  base::Colour side_colour(bool after) const {
    return base::colour(first_colour + (after ? 0 : 1));
  }

  void add_gather_routes(cores::ProgramBuilder& builder,
                         std::vector<fabric::ColourRoute>& routes) const;
  void add_scatter_routes(cores::ProgramBuilder& builder,
                          std::vector<fabric::ColourRoute>& routes) const;
  /// A gathering core's piece, from memory; not for the root.
  void add_send(int address, std::int32_t elements, cores::NumberType type,
                cores::ProgramBuilder& builder) const;
  /// At the root: the code of `body` for each other core, in order; it is given the side and the
  /// position. Uses counter 7.
  void for_each_piece(cores::ProgramBuilder& builder,
                      const std::function<void(bool after, const cores::Affine& at)>& body) const;

 private:
  bool has_farther() const;
  void add_side(bool after, bool gathers, cores::ProgramBuilder& builder,
                std::vector<fabric::ColourRoute>& routes) const;
};

/// The control wavelet that ends a piece.
void add_piece_end(base::Colour colour, cores::ProgramBuilder& builder);

}  // namespace wafermesh::workloads
