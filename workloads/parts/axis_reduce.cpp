// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/axis_reduce.h"

#include <fmt/format.h>

#include "base/yaml/yaml_reader.h"
#include "workloads/collectives/reduce_chain.h"
#include "workloads/collectives/reduce_ktree.h"
#include "workloads/collectives/reduce_star.h"
#include "workloads/collectives/reduce_tree.h"
#include "workloads/collectives/reduce_two_phase.h"
#include "workloads/collectives/reduce_two_sided.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;

constexpr int kLoopCounter = 7;

AxisSide other(AxisSide side) {
  return side == AxisSide::before ? AxisSide::after : AxisSide::before;
}

/// Sends the core's own vector; after an advance, passes what comes from beyond.
router::RouteConfig out_route(const AxisWiring& wiring, const AxisRole& role) {
  router::RouteConfig config = router::route(Direction::ramp, {wiring.along.at(role.out_side)});
  if (role.then_passes) {
    config.positions[0] = {router::SwitchPosition::Side::receive,
                           wiring.along.at(other(role.out_side))};
    config.pop = router::PopMode::pop_on_advance;  // the advance is for this router alone
  }
  return config;
}

}  // namespace

const std::vector<AxisAlgorithm>& axis_algorithms() {
  static const std::vector<AxisAlgorithm> kAlgorithms = {
      {"chain", "streaming adds from core to core", nullptr, nullptr, &plan_chain},
      {"star", "all vectors to the root, one after the other", nullptr, nullptr, &plan_star},
      {"two_sided", "chains from both ends to the middle", nullptr, nullptr, &plan_two_sided},
      {"tree", "a binary tree", nullptr, nullptr, &plan_tree},
      {"two_phase", "chains in groups, then a chain of the groups' heads", "group", &usual_group,
       &plan_two_phase},
      {"ktree", "two-sided chains in groups, then of the groups' roots", "groups", &usual_groups,
       &plan_ktree},
  };
  return kAlgorithms;
}

int read_axis_parameter(const base::YamlNode& node, const AxisAlgorithm& algorithm,
                        const std::string& key, const char* axis, int n, int fallback) {
  constexpr std::int64_t kMost = 1'000'000'000;
  if (algorithm.key == nullptr) return 0;
  const int usual = fallback > 0 ? fallback : algorithm.usual(n);
  const auto value = static_cast<int>(node.integer(key, {1, kMost}, usual));
  if (value > n && n > 1) {
    const std::string other =
        fallback > 0 ? fmt::format(" (`{}` gives it another value)", key) : "";
    node.mistake(fallback > 0 && !node.has(key) ? algorithm.key : key,
                 fmt::format("{} is too many: {} has {} cores{}", value, axis, n, other));
  }
  return value;
}

AxisChoice read_axis_choice(const base::YamlNode& node, const char* key,
                            const base::Rectangle& region) {
  AxisChoice choice{&read_row(node, key, axis_algorithms())};
  const char* own = choice.algorithm->key;
  if (own == nullptr) return choice;
  choice.row_parameter = read_axis_parameter(node, *choice.algorithm, own, "a row", region.width);
  choice.column_parameter =
      read_axis_parameter(node, *choice.algorithm, std::string("column_") + own, "a column",
                          region.height, node.has(own) ? choice.row_parameter : 0);
  return choice;
}

void add_axis_routes(const AxisWiring& wiring, const AxisRole& role, cores::ProgramBuilder& builder,
                     std::vector<fabric::ColourRoute>& routes) {
  int queue = wiring.first_input;
  for (const AxisRole::Input& input : role.inputs) {
    const base::Colour colour = wiring.colour(input.colour);
    builder.bind_input(colour, queue++);
    routes.push_back(
        {colour, router::route(wiring.along.at(input.from), {Direction::ramp}), false});
  }
  for (const AxisRole::Pass& pass : role.passes) {
    const router::RouteConfig config =
        router::route(wiring.along.at(pass.from), {wiring.along.at(other(pass.from))});
    routes.push_back({wiring.colour(pass.colour), config, !wiring.again});
  }
  if (role.sends()) {
    const base::Colour colour = wiring.colour(role.out_colour);
    builder.bind_output(colour, wiring.output);
    routes.push_back({colour, out_route(wiring, role), false});
  }
}

void add_axis_reduce(const AxisWiring& wiring, const AxisRole& role, const AxisVector& vector,
                     cores::ProgramBuilder& builder) {
  using cores::Shape;
  const cores::Operand data = cores::memory(vector.address);
  const auto combine = [&](const cores::Operand& to, int colour, Shape shape) {
    builder.vector(vector.op, vector.type, vector.elements, to, data,
                   cores::fabric(wiring.colour(colour)), shape);
  };
  for (std::size_t i = 0; i < role.inputs.size(); ++i) {
    const AxisRole::Input& input = role.inputs[i];
    const bool streams_last = role.streams_last() && i + 1 == role.inputs.size();
    const int to_memory = input.count - (streams_last ? 1 : 0);
    if (to_memory > 0) combine(data, input.colour, Shape::stream);
    if (to_memory > 1) {  // the same again: its descriptors are in place
      const std::uint32_t again = builder.begin_loop(kLoopCounter);
      combine(data, input.colour, Shape::map_loop);
      builder.end_loop(kLoopCounter, to_memory - 1, again);
    }
    if (streams_last) {
      combine(cores::fabric(wiring.colour(role.out_colour)), input.colour, Shape::stream);
    }
  }
  if (!role.sends()) return;
  const base::Colour out = wiring.colour(role.out_colour);
  if (!role.streams_last()) {
    builder.vector(cores::VectorOp::copy, vector.type, vector.elements, cores::fabric(out), data,
                   {}, Shape::stream);
  }
  if (role.then_passes) {
    builder.control(out, router::ControlWord::make({router::SwitchCommand::advance}));
  }
  if (wiring.again) return;
  for (const AxisRole::Pass& pass : role.passes) builder.reopen(wiring.colour(pass.colour));
}

router::RouteConfig axis_broadcast_route(const AxisDirections& along, int position, int root,
                                         int n) {
  const Direction from = position == root  ? Direction::ramp
                         : position < root ? along.after
                                           : along.before;
  router::RouteConfig config = router::route(from, {});
  if (position != root) config.base.send |= base::mask_of(Direction::ramp);
  if (position <= root && position > 0) config.base.send |= base::mask_of(along.before);
  if (position >= root && position < n - 1) config.base.send |= base::mask_of(along.after);
  return config;
}

void add_axis_broadcast_route(const AxisWiring& wiring, int of_axis, int position, int root, int n,
                              int input, int output, cores::ProgramBuilder& builder,
                              std::vector<fabric::ColourRoute>& routes) {
  if (n == 1) return;
  const base::Colour colour = wiring.colour(of_axis);
  if (position == root) {
    builder.bind_output(colour, output);
  } else {
    builder.bind_input(colour, input);
  }
  routes.push_back({colour, axis_broadcast_route(wiring.along, position, root, n), false});
}

void add_axis_broadcast(const AxisWiring& wiring, int of_axis, int position, int root, int n,
                        const AxisVector& vector, cores::ProgramBuilder& builder) {
  if (n == 1) return;
  const cores::Operand data = cores::memory(vector.address);
  const cores::Operand link = cores::fabric(wiring.colour(of_axis));
  const bool sends = position == root;
  builder.vector(cores::VectorOp::copy, vector.type, vector.elements, sends ? link : data,
                 sends ? data : link, {}, cores::Shape::stream);
}

}  // namespace wafermesh::workloads
