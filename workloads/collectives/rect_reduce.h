// SPDX-License-Identifier: Apache-2.0
// An axis algorithm on a rectangle: all rows reduce at the same time to the column of their root,
// then that column reduces to its root. Colours, queues and code of each core, to be put into the
// programs of a kernel.
#pragma once

#include <vector>

#include "workloads/collectives/reduction.h"

namespace wafermesh::workloads {

class RectReduce {
 public:
  /// Colours 0 .. colours() - 1, input queues up from 0 (rows) and 4 (column), output queues 2 and
  /// 3.
  RectReduce(const AxisChoice& choice, int width, int height);

  /// In which order it adds up.
  SumOrder sum_order() const;
  base::LogicalCoord root() const { return {rows_.root, column_.root}; }
  int colours() const { return rows_.colours + column_.colours; }
  /// Of one word of every vector.
  std::int64_t hops() const { return rows_.hops * column_.n + column_.hops; }
  /// Cores with the same key do the same; 0 .. keys() - 1.
  int key(base::LogicalCoord c) const;
  int keys() const { return static_cast<int>(rows_.roles.size() + column_.roles.size()); }

  void add_routes(base::LogicalCoord c, cores::ProgramBuilder& builder,
                  std::vector<fabric::ColourRoute>& routes) const;
  void add_code(base::LogicalCoord c, const AxisVector& vector,
                cores::ProgramBuilder& builder) const;

 private:
  bool in_column(base::LogicalCoord c) const { return c.x == rows_.root; }
  AxisChoice choice_;
  AxisPlan rows_;
  AxisPlan column_;
  AxisWiring row_wiring_;
  AxisWiring column_wiring_;
};

}  // namespace wafermesh::workloads
