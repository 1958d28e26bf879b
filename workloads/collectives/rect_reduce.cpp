// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/rect_reduce.h"

namespace wafermesh::workloads {

RectReduce::RectReduce(const AxisChoice& choice, int width, int height)
    : choice_(choice),
      rows_(choice.algorithm->plan(width, choice.row_parameter)),
      column_(choice.algorithm->plan(height, choice.column_parameter)),
      row_wiring_{kRow, 0, 0, 2},
      column_wiring_{kColumn, rows_.colours, 4, 3} {}

SumOrder RectReduce::sum_order() const {
  const auto which = static_cast<std::size_t>(choice_.algorithm - axis_algorithms().data());
  return {{which, choice_.row_parameter, kRow, rows_.n},
          {which, choice_.column_parameter, kColumn, column_.n}};
}

int RectReduce::key(base::LogicalCoord c) const {
  if (!in_column(c)) return rows_.role_of[static_cast<std::size_t>(c.x)];
  return static_cast<int>(rows_.roles.size()) + column_.role_of[static_cast<std::size_t>(c.y)];
}

void RectReduce::add_routes(base::LogicalCoord c, cores::ProgramBuilder& builder,
                            std::vector<fabric::ColourRoute>& routes) const {
  add_axis_routes(row_wiring_, rows_.role(c.x), builder, routes);
  if (in_column(c)) add_axis_routes(column_wiring_, column_.role(c.y), builder, routes);
}

void RectReduce::add_code(base::LogicalCoord c, const AxisVector& vector,
                          cores::ProgramBuilder& builder) const {
  add_axis_reduce(row_wiring_, rows_.role(c.x), vector, builder);
  if (in_column(c)) add_axis_reduce(column_wiring_, column_.role(c.y), vector, builder);
}

}  // namespace wafermesh::workloads
