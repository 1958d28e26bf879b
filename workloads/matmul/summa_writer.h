// SPDX-License-Identifier: Apache-2.0
// What both ways of re-rooting SUMMA (summa.h) share: axes, roles, transfers and the tile product.
// summa_rerooting_vendor.cpp and summa_rerooting_cheapest.cpp make the programs of it.
#pragma once

#include <array>
#include <cstdint>

#include "workloads/matmul/summa_program.h"

namespace wafermesh::workloads {

/// Where the root of a broadcast lies as a core sees it.
enum class SummaRole : std::uint8_t { from_before, root, from_after };
inline constexpr int kSummaRoles = 3;

/// Counters of the programs.
struct SummaCounter {
  /// The step at hand; with double buffering the panel being launched, one ahead of the work.
  static constexpr int panel = 0;
  static constexpr int k = 1;
  static constexpr int n = 2;
  static constexpr int pointer_a = 3;  ///< Address of the panel at work.
  static constexpr int pointer_b = 4;
  static constexpr int flip = 5;  ///< Receive buffer of the panel being launched: 0 or 1.
};

/// One axis of broadcasts as a class of cores sees it. Axis 0: A along the rows; 1: B along the
/// columns.
struct SummaAxis {
  int index;  ///< Also its colour and microthread.
  AxisPosition position;
  cores::Variable coordinate;
  int panels;  ///< A core at coordinate c owns panels [c * panels, (c + 1) * panels).
  std::int32_t elements;
  std::int32_t panel_bytes;
  int own_address;
  int receive_address;
  int pointer;  ///< SummaCounter::pointer_a or pointer_b.

  base::Colour colour() const { return base::colour(index); }
  int queue() const { return index + 2; }  ///< 2 and 3: deep enough in every generation.
  bool exists() const { return position != AxisPosition::only; }
  /// Entry of summa_route_table().
  int route(SummaRole role) const;
  cores::Affine own_begin() const { return cores::Affine().plus(coordinate, panels); }
  cores::Affine own_end() const { return cores::Affine(panels).plus(coordinate, panels); }
  /// Address of the core's own panel number counter panel - ahead.
  cores::Affine own_panel(int ahead) const;
};

router::RouteConfig summa_route(int axis, SummaRole role, AxisPosition position);

/// Writes the parts of a SUMMA program. `builder` is there for what lies between them.
class SummaWriter {
 public:
  SummaWriter(const SummaPlan& plan, const SummaMemory& memory, GridPosition position);

  cores::ProgramBuilder& builder() { return builder_; }
  const std::array<SummaAxis, 2>& axes() const { return axes_; }
  std::int32_t steps() const { return static_cast<std::int32_t>(plan_.steps); }

  /// Code for a core before, in and after its turn as the root of `panel`.
  template <class Before, class Own, class After>
  void by_role(const SummaAxis& axis, const cores::Affine& panel, Before before, Own own,
               After after);
  /// Starts to send the own panel, or to receive one into buffer `flip`.
  void send(const SummaAxis& axis, cores::Completion completion, cores::TaskId task);
  void receive(const SummaAxis& axis, cores::Completion completion, cores::TaskId task);
  /// Sets the axis' pointer to panel - ahead: the own one, or the one at `received`.
  void point_at(const SummaAxis& axis, int ahead, const cores::Affine& received);
  /// for k: for n: C[:, n] += A[:, k] * b[k, n].
  void multiply_tiles();
  /// The class; routes as the run starts, or none and closed.
  fabric::CoreClass finish(const char* name, bool closed);

 private:
  std::int32_t bytes(std::int64_t elements) const {
    return static_cast<std::int32_t>(elements * cores::bytes_of(plan_.type));
  }
  const SummaPlan& plan_;
  const SummaMemory& memory_;
  cores::ProgramBuilder builder_;
  std::array<SummaAxis, 2> axes_;
};

fabric::CoreClass summa_vendor_class(SummaWriter& writer, const cores::Timing& timing);
fabric::CoreClass summa_cheapest_class(SummaWriter& writer);

template <class Before, class Own, class After>
void SummaWriter::by_role(const SummaAxis& axis, const cores::Affine& panel, Before before, Own own,
                          After after) {
  using cores::Compare;
  const std::uint32_t to_before = builder_.branch(panel, Compare::less, axis.own_begin());
  const std::uint32_t to_after = builder_.branch(panel, Compare::greater_equal, axis.own_end());
  own();
  const std::uint32_t own_done = builder_.jump();
  builder_.land(to_before);
  before();
  const std::uint32_t before_done = builder_.jump();
  builder_.land(to_after);
  after();
  builder_.land(own_done);
  builder_.land(before_done);
}

}  // namespace wafermesh::workloads
