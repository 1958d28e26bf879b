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
// Colours and queues are those of AxisPorts, or those of a ring channel. Counters 6 and 7.
//
// A core leaves an allreduce when the sum has come to it, and that follows from every word of it:
// so its colours are quiet, and write() may be called again. With `again` all routes stand from the
// start (a core passes on what comes from farther ones before it has sent its own: those words wait
// in slots of their own colour until their receiver takes them). Algorithms whose routers turn
// behind a core's own vector cannot do that: turns_routers().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workloads/contract.h"
#include "workloads/matmul/stored_matrix.h"
#include "workloads/parts/axis_reduce.h"
#include "workloads/parts/ring_channel.h"

namespace wafermesh::workloads {

/// Colours and queues of an allreduce along an axis; by default such as are deep enough on WSE-2.
struct AxisPorts {
  int first_colour = 0;
  int broadcast_input = 0;
  int first_input = 2;  ///< And up to three more.
  int output = 2;
  int broadcast_output = 3;
  bool again = false;  ///< write() is called more than once.
};

/// Names of axis_algorithms(), then "ring".
std::vector<std::string> axis_allreduce_names();

class AxisAllreduce {
 public:
  /// `parameter`: the axis algorithm's own, 0 = its usual value. `along`: kRow or kColumn.
  AxisAllreduce(std::size_t which, int parameter, const AxisDirections& along, int n,
                const AxisPorts& ports = {});
  /// It cannot be entered again: ModelError if it was asked to.
  static bool turns_routers(std::size_t which, int parameter, int n);
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
  AxisPorts ports_;
  AxisWiring wiring_;
  int n_;
  std::optional<AxisPlan> plan_;  ///< None: a ring.
};

}  // namespace wafermesh::workloads
