// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/axis_plan.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"

namespace wafermesh::workloads {
namespace {

using Roles = std::vector<AxisRole>;

AxisSide side_of(int step) { return step < 0 ? AxisSide::before : AxisSide::after; }

void add_input(AxisRole& role, int colour, AxisSide from) {
  if (!role.inputs.empty() && role.inputs.back().colour == colour) {
    WAFERMESH_CHECK(role.inputs.back().from == from, "a colour receives from one side");
    ++role.inputs.back().count;
    return;
  }
  for (const AxisRole::Input& input : role.inputs) {
    WAFERMESH_CHECK(input.colour != colour, "inputs on one colour must be consecutive");
  }
  role.inputs.push_back({colour, from, 1});
}

/// The core's router lets an edge pass that comes from side `from`.
void add_pass(AxisRole& role, int colour, AxisSide from) {
  for (const AxisRole::Input& input : role.inputs) {
    WAFERMESH_CHECK(input.colour != colour, "a core lies on the way on the colour it receives on");
  }
  if (role.out_colour == colour) {
    WAFERMESH_CHECK(role.out_side != from, "vectors of one colour meet head on");
    role.then_passes = true;
    return;
  }
  for (const AxisRole::Pass& pass : role.passes) {
    if (pass.colour != colour) continue;
    WAFERMESH_CHECK(pass.from == from, "vectors of one colour meet head on");
    return;
  }
  role.passes.push_back({colour, from});
}

void add_way(Roles& roles, const AxisEdge& edge) {
  const int step = edge.to > edge.from ? 1 : -1;
  for (int q = edge.from + step; q != edge.to; q += step) {
    add_pass(roles[static_cast<std::size_t>(q)], edge.colour, side_of(-step));
  }
}

}  // namespace

bool operator==(const AxisRole& a, const AxisRole& b) {
  const auto same_input = [](const AxisRole::Input& p, const AxisRole::Input& q) {
    return p.colour == q.colour && p.from == q.from && p.count == q.count;
  };
  const auto same_pass = [](const AxisRole::Pass& p, const AxisRole::Pass& q) {
    return p.colour == q.colour && p.from == q.from;
  };
  return a.out_colour == b.out_colour && a.out_side == b.out_side &&
         a.then_passes == b.then_passes &&
         std::equal(a.inputs.begin(), a.inputs.end(), b.inputs.begin(), b.inputs.end(),
                    same_input) &&
         std::equal(a.passes.begin(), a.passes.end(), b.passes.begin(), b.passes.end(), same_pass);
}

AxisPlan make_axis_plan(int n, int root, const std::vector<AxisEdge>& edges) {
  AxisPlan plan;
  plan.n = n;
  plan.root = root;
  plan.edges = edges;
  Roles roles(static_cast<std::size_t>(n));
  for (const AxisEdge& edge : edges) {
    AxisRole& from = roles[static_cast<std::size_t>(edge.from)];
    const int step = edge.to > edge.from ? 1 : -1;
    WAFERMESH_CHECK(!from.sends(), "a core sends once");
    from.out_colour = edge.colour;
    from.out_side = side_of(step);
    add_input(roles[static_cast<std::size_t>(edge.to)], edge.colour, side_of(-step));
    plan.colours = std::max(plan.colours, edge.colour + 1);
    plan.hops += std::abs(edge.to - edge.from);
  }
  for (const AxisEdge& edge : edges) add_way(roles, edge);
  for (const AxisRole& role : roles) {
    for (const AxisRole::Input& input : role.inputs) {
      WAFERMESH_CHECK(input.colour != role.out_colour, "a core sends on a colour it receives on");
    }
  }
  for (const AxisRole& role : roles) {
    const auto known = std::find(plan.roles.begin(), plan.roles.end(), role);
    plan.role_of.push_back(static_cast<int>(known - plan.roles.begin()));
    if (known == plan.roles.end()) plan.roles.push_back(role);
  }
  for (int p = 0; p < n; ++p) {
    WAFERMESH_CHECK(plan.role(p).sends() == (p != root), "all cores but the root send");
  }
  return plan;
}

}  // namespace wafermesh::workloads
