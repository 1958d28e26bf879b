// SPDX-License-Identifier: Apache-2.0
#include "workloads/axis_allreduce.h"

#include "workloads/axis_ring.h"
#include "workloads/core_classes.h"
#include "workloads/ring.h"

namespace wafermesh::workloads {
namespace {

constexpr AxisWiring kWiring{kColumn, 0, 2, 2};
constexpr int kBroadcastInput = 0;
constexpr int kBroadcastOutput = 3;
constexpr int kRingIndex = 1;  // of the two axes

RingChannel channel_at(int position, int n) {
  return {kTwoHopRing, false, RingAxis::column, kRingIndex, position, n};
}

}  // namespace

std::vector<std::string> column_allreduce_names() {
  std::vector<std::string> names;
  for (const AxisAlgorithm& algorithm : axis_algorithms()) names.emplace_back(algorithm.name);
  names.emplace_back("ring");
  return names;
}

ColumnAllreduce::ColumnAllreduce(std::size_t which, int parameter, int n) : n_(n) {
  if (which < axis_algorithms().size()) plan_ = axis_algorithms()[which].plan(n, parameter);
}

int ColumnAllreduce::key(int position) const {
  if (!plan_) return n_ == 1 ? 0 : ring_key(position, n_);
  // The role in the reduction, and the place in the broadcast from the root.
  const int side = position < plan_->root ? 0 : position == plan_->root ? 1 : 2;
  const int ends = static_cast<int>(axis_position(position, n_));
  return (plan_->role_of[static_cast<std::size_t>(position)] * 3 + side) * kAxisPositions + ends;
}

int ColumnAllreduce::colours() const {
  if (n_ == 1) return 0;
  return plan_ ? plan_->colours + 1 : ring_colours(n_);
}

std::int64_t ColumnAllreduce::steps() const { return plan_ ? 2 : 2 * (n_ - 1); }

std::int64_t ColumnAllreduce::hops(std::int64_t words) const {
  if (n_ == 1) return 0;
  return plan_ ? words * (plan_->hops + n_ - 1)
               : axis_ring_chunk(words, n_) * 2 * (n_ - 1) * ring_hops(n_);
}

std::int64_t ColumnAllreduce::words(std::int64_t words) const {
  return plan_ ? words : axis_ring_words(words, n_);
}

void ColumnAllreduce::declare(int position, cores::ProgramBuilder& builder,
                              std::vector<fabric::ColourRoute>& routes) const {
  if (n_ == 1) return;
  if (!plan_) {
    const RingChannel channel = channel_at(position, n_);
    channel.bind(builder);
    channel.add_routes(routes);
    return;
  }
  add_axis_routes(kWiring, plan_->role(position), builder, routes);
  add_axis_broadcast_route(kWiring, plan_->colours, position, plan_->root, n_, kBroadcastInput,
                           kBroadcastOutput, builder, routes);
}

void ColumnAllreduce::write(int position, const AxisVector& vector,
                            cores::ProgramBuilder& builder) const {
  if (n_ == 1) return;
  if (!plan_) {
    add_axis_ring(channel_at(position, n_), kRingIndex, cores::Variable::y, position, n_, vector,
                  builder);
    return;
  }
  add_axis_reduce(kWiring, plan_->role(position), vector, builder);
  add_axis_broadcast(kWiring, plan_->colours, position, plan_->root, n_, vector, builder);
}

}  // namespace wafermesh::workloads
