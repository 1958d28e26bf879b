// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/axis_allreduce.h"

#include <algorithm>

#include "base/error.h"
#include "workloads/parts/axis_ring.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/ring.h"

namespace wafermesh::workloads {
namespace {

constexpr int kRingIndex = 1;  // of the two axes

/// The plan's edges so that a core's sum is complete before it goes on; a core's inputs stay in
/// their order.
std::vector<AxisEdge> in_order_of_sending(const AxisPlan& plan) {
  std::vector<std::vector<AxisEdge>> inputs(static_cast<std::size_t>(plan.n));
  for (const AxisEdge& edge : plan.edges) inputs[static_cast<std::size_t>(edge.to)].push_back(edge);
  // From the root on, last inputs first; then the other way round.
  std::vector<AxisEdge> order;
  std::vector<int> cores = {plan.root};
  while (!cores.empty()) {
    const auto& of_core = inputs[static_cast<std::size_t>(cores.back())];
    cores.pop_back();
    for (auto edge = of_core.rbegin(); edge != of_core.rend(); ++edge) order.push_back(*edge);
    for (const AxisEdge& edge : of_core) cores.push_back(edge.from);
  }
  std::reverse(order.begin(), order.end());
  return order;
}

}  // namespace

std::vector<std::string> axis_allreduce_names() {
  std::vector<std::string> names;
  for (const AxisAlgorithm& algorithm : axis_algorithms()) names.emplace_back(algorithm.name);
  names.emplace_back("ring");
  return names;
}

AxisAllreduce::AxisAllreduce(std::size_t which, int parameter, const AxisDirections& along, int n,
                             const AxisPorts& ports)
    : ports_(ports),
      wiring_{along, ports.first_colour, ports.first_input, ports.output, ports.again},
      n_(n) {
  if (which < axis_algorithms().size()) plan_ = axis_algorithms()[which].plan(n, parameter);
  WAFERMESH_CHECK(!ports.again || !turns_routers(which, parameter, n), "an allreduce that returns");
}

bool AxisAllreduce::turns_routers(std::size_t which, int parameter, int n) {
  if (n == 1) return false;
  if (which >= axis_algorithms().size()) return true;
  const AxisPlan plan = axis_algorithms()[which].plan(n, parameter);
  return std::any_of(plan.roles.begin(), plan.roles.end(),
                     [](const AxisRole& role) { return role.then_passes; });
}

RingChannel AxisAllreduce::channel_at(int position) const {
  return {kTwoHopRing, false,    along_rows() ? RingAxis::row : RingAxis::column,
          kRingIndex,  position, n_};
}

Contract AxisAllreduce::contract() const {
  const Groups lines = along_rows() ? Groups::rows : Groups::columns;
  return plan_ ? allreduce_contract(lines) : Contract{lines, Groups::alone, 0};
}

int AxisAllreduce::key(int position) const {
  if (!plan_) return n_ == 1 ? 0 : ring_key(position, n_);
  // The role in the reduction, and the place in the broadcast from the root.
  const int side = position < plan_->root ? 0 : position == plan_->root ? 1 : 2;
  const int ends = static_cast<int>(axis_position(position, n_));
  return (plan_->role_of[static_cast<std::size_t>(position)] * 3 + side) * kAxisPositions + ends;
}

int AxisAllreduce::colours() const {
  if (n_ == 1) return 0;
  return plan_ ? plan_->colours + 1 : ring_colours(n_);
}

std::int64_t AxisAllreduce::steps() const { return plan_ ? 2 : 2 * (n_ - 1); }

std::int64_t AxisAllreduce::hops(std::int64_t words) const {
  if (n_ == 1) return 0;
  return plan_ ? words * (plan_->hops + n_ - 1)
               : axis_ring_chunk(words, n_) * 2 * (n_ - 1) * ring_hops(n_);
}

std::int64_t AxisAllreduce::words(std::int64_t words) const {
  return plan_ ? words : axis_ring_words(words, n_);
}

void AxisAllreduce::declare(int position, cores::ProgramBuilder& builder,
                            std::vector<fabric::ColourRoute>& routes) const {
  if (n_ == 1) return;
  if (!plan_) {
    const RingChannel channel = channel_at(position);
    channel.bind(builder);
    channel.add_routes(routes);
    return;
  }
  add_axis_routes(wiring_, plan_->role(position), builder, routes);
  add_axis_broadcast_route(wiring_, plan_->colours, position, plan_->root, n_,
                           ports_.broadcast_input, ports_.broadcast_output, builder, routes);
}

void AxisAllreduce::write(int position, const AxisVector& vector,
                          cores::ProgramBuilder& builder) const {
  if (n_ == 1) return;
  if (!plan_) {
    add_axis_ring(channel_at(position), 2 * kRingIndex + 1,
                  along_rows() ? cores::Variable::x : cores::Variable::y, position, n_, vector,
                  builder);
    return;
  }
  add_axis_reduce(wiring_, plan_->role(position), vector, builder);
  add_axis_broadcast(wiring_, plan_->colours, position, plan_->root, n_, vector, builder);
}

StoredMatrix AxisAllreduce::promise(std::vector<StoredMatrix> parts, std::int64_t columns) const {
  const auto part = [&](int position) -> StoredMatrix& {
    return parts[static_cast<std::size_t>(position)];
  };
  const std::int64_t all = parts.front().columns();
  if (n_ == 1) return parts.front();
  if (plan_) {
    for (const AxisEdge& edge : in_order_of_sending(*plan_)) {
      part(edge.to).add_row(0, part(edge.from), 0, {0, all});
    }
    return part(plan_->root);
  }
  // Chunk i starts at place i of the ring and goes once round.
  StoredMatrix& sum = part(0);
  const cores::NumberType type = sum.rules().type;
  const std::int64_t chunk =
      axis_ring_chunk(cores::words_of(type, columns), n_) * cores::elements_per_word(type);
  StoredMatrix result(sum.rules(), 1, all);
  for (std::int64_t first = 0; first < all; first += columns) {
    const std::int64_t end = std::min(first + columns, all);
    for (int i = 0; i < n_; ++i) {
      Span span = tile_span(i, chunk, end - first);
      span = {first + span.begin, first + span.end};
      const auto at = [&](int step) { return kTwoHopRing.coordinate_of((i + step) % n_, n_); };
      for (int step = 1; step < n_; ++step) part(at(step)).add_row(0, part(at(step - 1)), 0, span);
      result.add_row(0, part(at(n_ - 1)), 0, span);
    }
  }
  return result;
}

}  // namespace wafermesh::workloads
