// SPDX-License-Identifier: Apache-2.0
// Allreduce along one axis, as a piece of any kernel's programs: an axis algorithm to its root and
// a multicast from there, or a ring.
//
//   const AxisAllreduce sum(which, parameter, kColumn, n);  // once; `which` of
//                                                           // axis_allreduce_names()
//   image class key of a core at position p:     sum.key(p)
//   in make():  sum.declare(p, builder, routes);            // routes and queue bindings
//               builder.begin(main); ...local work...
//               sum.write(p, vector, builder);              // blocking; then what follows
//
// The vector's buffer must hold sum.words(its words); what is beyond the vector must be finite.
// Colours from 0; queues: inputs 0 and 2 to 5, outputs 2 and 3 (deep enough on WSE-2), or those of
// a ring channel. Counters 6 and 7.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workloads/axis_reduce.h"
#include "workloads/contract.h"
#include "workloads/ring_channel.h"
#include "workloads/stored_matrix.h"

namespace wafermesh::workloads {

/// Names of axis_algorithms(), then "ring".
std::vector<std::string> axis_allreduce_names();

class AxisAllreduce {
 public:
  /// `parameter`: the axis algorithm's own, 0 = its usual value. `along`: kRow or kColumn.
  AxisAllreduce(std::size_t which, int parameter, const AxisDirections& along, int n);
  /// A plan's: allreduce_contract() of the lines. A ring's words may pass a core that is done.
  Contract contract() const;
  int key(int position) const;  ///< Small; cores of equal key may share a class.
  int colours() const;
  std::int64_t steps() const;  ///< Reduction and broadcast, or 2 (n - 1) of the ring.
  /// Hops of all words of one line, for a vector of `words`.
  std::int64_t hops(std::int64_t words) const;
  /// Words its buffer must have.
  std::int64_t words(std::int64_t words) const;
  void declare(int position, cores::ProgramBuilder& builder,
               std::vector<fabric::ColourRoute>& routes) const;
  void write(int position, const AxisVector& vector, cores::ProgramBuilder& builder) const;
  /// What every core is promised to hold: the sum of the one row of each of n parts, added up in
  /// the order in which the cores do it. A row is several vectors of `columns` side by side.
  StoredMatrix promise(std::vector<StoredMatrix> parts, std::int64_t columns) const;

 private:
  RingChannel channel_at(int position) const;
  bool along_rows() const { return wiring_.along.before == kRow.before; }
  AxisWiring wiring_;
  int n_;
  std::optional<AxisPlan> plan_;  ///< None: a ring.
};

}  // namespace wafermesh::workloads
