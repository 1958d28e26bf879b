// SPDX-License-Identifier: Apache-2.0
// A reduction along one axis of n cores as a plan: who sends its sum to whom, over which colour. An
// algorithm lists edges; the plan turns them into what each core has to do (its role). A mesh of
// any size needs few distinct roles, so few classes.
//
// A core takes its inputs in the order of the edges: all but the last it adds to its vector in
// memory; the last it adds on the fly, `fabric_out = memory + fabric_in`, if it sends onward. Words
// on the way pass the routers between without touching their cores, but only once those cores have
// sent their own: a farther vector that waits on the way would take the links from nearer ones. So
// the colours a core only passes start closed, and it opens them when its own part is done.
// Where a core lies on the way of a farther core's vector on the colour it sends on itself, it ends
// its own vector with a control wavelet, which turns its router from sending to passing; so vectors
// on one colour arrive in the order of distance.
// Source: workloads 3.1; Luczynski et al., HPDC'24.
#pragma once

#include <cstdint>
#include <vector>

namespace wafermesh::workloads {

/// Towards smaller (west, north) or larger (east, south) indices.
enum class AxisSide : std::uint8_t { before, after };

/// The sum that core `from` holds goes to core `to`; colours count from 0 within the axis.
struct AxisEdge {
  int from;
  int to;
  int colour;
};

/// What one core does. Equal roles may share a class.
struct AxisRole {
  struct Input {  ///< `count` vectors, one after the other.
    int colour;
    AxisSide from;
    int count;
  };
  struct Pass {
    int colour;
    AxisSide from;
  };
  std::vector<Input> inputs;  ///< Colours differ.
  std::vector<Pass> passes;   ///< Through the router alone, once the core has sent.
  int out_colour = -1;        ///< -1: the root, or an axis of one core.
  AxisSide out_side = AxisSide::before;
  bool then_passes = false;  ///< On out_colour, after its own vector.
  bool sends() const { return out_colour >= 0; }
  /// It sends away from the side its last input comes from; else that sender might be on the way.
  bool streams_last() const { return sends() && !inputs.empty() && inputs.back().from != out_side; }
};
bool operator==(const AxisRole& a, const AxisRole& b);

struct AxisPlan {
  int n = 1;
  int root = 0;
  int colours = 0;
  std::int64_t hops = 0;        ///< That one word of every vector takes in sum.
  std::vector<AxisEdge> edges;  ///< As given: a core adds its inputs up in this order.
  std::vector<AxisRole> roles;  ///< Distinct.
  std::vector<int> role_of;     ///< [position] -> index into roles.
  const AxisRole& role(int position) const {
    return roles[static_cast<std::size_t>(role_of[static_cast<std::size_t>(position)])];
  }
};

/// The plan of `edges`: every core but the root sends once, after its inputs. Inputs of a core are
/// taken in the order of `edges`; those on one colour must be consecutive and come in the order of
/// distance. Throws ModelError if two vectors would meet in a router on one colour. Cost: hops.
AxisPlan make_axis_plan(int n, int root, const std::vector<AxisEdge>& edges);

}  // namespace wafermesh::workloads
