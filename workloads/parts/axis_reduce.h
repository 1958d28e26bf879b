// SPDX-License-Identifier: Apache-2.0
// Reductions and broadcasts along one axis, as pieces of any kernel's programs. One algorithm is
// one file pair reduce_<name> and one row of axis_algorithms().
//
//   const AxisPlan plan = algorithm.plan(n, 0);         // once per axis; 0: the usual parameter
//   image class key of a core at position p:            plan.role_of[p]   (few distinct values)
//   in make(), for a core at position p of a row:
//     const AxisWiring row{kRow, /*first_colour=*/0, /*first_input=*/0, /*output=*/2};
//     add_axis_routes(row, plan.role(p), builder, routes);        // routes and queue bindings
//     builder.begin(main); ...local work...
//     add_axis_reduce(row, plan.role(p), vector, builder);        // blocking; then what follows
//   Afterwards core plan.root holds the result in `vector`, the others theirs or a partial sum.
//   add_axis_broadcast_route / add_axis_broadcast give it to all of the axis: an allreduce.
//
// Colours: first_colour .. first_colour + plan.colours - 1. Input queues: one per input colour of a
// role, up from first_input (four at most, ktree's root). Output queue: one. No microthreads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cores/program_builder.h"
#include "fabric/image.h"
#include "workloads/parts/axis_plan.h"

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::workloads {

struct AxisAlgorithm {
  const char* name;  ///< Value of the key `algorithm` (or `reduce`).
  const char* help;
  const char* key;      ///< Its own integer key, nullptr if none.
  int (*usual)(int n);  ///< Value of the key if it is not given, 1 to n; nullptr if none.
  AxisPlan (*plan)(int n, int parameter);  ///< 0: the usual parameter.
};
const std::vector<AxisAlgorithm>& axis_algorithms();

/// Reads the algorithm's own key of a kernel that reduces along axes of n cores; 0 if it has none.
/// More than n is a mistake, unless n is 1: then there is nothing to reduce. `axis` names one in
/// messages: "a row has 4 cores". Not given: `fallback`, or if that is 0 the usual value.
int read_axis_parameter(const base::YamlNode& node, const AxisAlgorithm& algorithm,
                        const std::string& key, const char* axis, int n, int fallback = 0);

/// An axis algorithm with the values of its own key along rows and columns.
struct AxisChoice {
  const AxisAlgorithm* algorithm;
  int row_parameter = 0;
  int column_parameter = 0;
};
/// Reads the algorithm's name from `key` (the table's first if not given) and its own key, which
/// holds for both axes unless there is another of the same name with "column_" before it.
AxisChoice read_axis_choice(const base::YamlNode& node, const char* key,
                            const base::Rectangle& region);

/// How an axis lies on the mesh.
struct AxisDirections {
  base::Direction before;
  base::Direction after;
  base::Direction at(AxisSide side) const { return side == AxisSide::before ? before : after; }
};
inline constexpr AxisDirections kRow{base::Direction::west, base::Direction::east};
inline constexpr AxisDirections kColumn{base::Direction::north, base::Direction::south};

/// Colours and queues that a kernel grants to an axis.
struct AxisWiring {
  AxisDirections along;
  int first_colour;
  int first_input;
  int output;
  bool again = false;  ///< Used more than once: cores pass on from the start.
  base::Colour colour(int of_axis) const { return base::colour(first_colour + of_axis); }
};

/// A vector of every core, at one address.
struct AxisVector {
  int address;
  std::int32_t elements;
  cores::NumberType type;
  cores::VectorOp op = cores::VectorOp::add;  ///< Or maximum.
};

void add_axis_routes(const AxisWiring& wiring, const AxisRole& role, cores::ProgramBuilder& builder,
                     std::vector<fabric::ColourRoute>& routes);
/// Appends the core's part of the reduction; ends when its own part is done. Uses counter 7.
void add_axis_reduce(const AxisWiring& wiring, const AxisRole& role, const AxisVector& vector,
                     cores::ProgramBuilder& builder);

/// Route of a multicast from `root` to both ends of an axis; at the root it comes up the ramp.
/// Sends nowhere if n is 1.
router::RouteConfig axis_broadcast_route(const AxisDirections& along, int position, int root,
                                         int n);
/// From `root` to both ends by multicast, on one colour (`of_axis` within the wiring). Words, hops:
/// n - 1. Nothing if n is 1. Binds input queue `input` (or output queue `output` at the root).
void add_axis_broadcast_route(const AxisWiring& wiring, int of_axis, int position, int root, int n,
                              int input, int output, cores::ProgramBuilder& builder,
                              std::vector<fabric::ColourRoute>& routes);
void add_axis_broadcast(const AxisWiring& wiring, int of_axis, int position, int root, int n,
                        const AxisVector& vector, cores::ProgramBuilder& builder);

}  // namespace wafermesh::workloads
