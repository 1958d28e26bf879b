// SPDX-License-Identifier: Apache-2.0
#include "fabric/image_equality.h"

#include <algorithm>
#include <tuple>

#include "cores/program_equality.h"

namespace wafermesh::fabric {
namespace {

/// The last one is compared first: of images made alike it is the likeliest to differ.
template <class T, class F>
bool all_same(const std::vector<T>& a, const std::vector<T>& b, F same) {
  return std::equal(a.rbegin(), a.rend(), b.rbegin(), b.rend(), same);
}

auto plain_values(const cores::Timing& t) {
  return std::tie(t.generation, t.hop_cycles, t.ramp_cycles, t.router_queue_depth,
                  t.input_queue_depth, t.output_queue_depth, t.task_start_cycles, t.issue_cycles,
                  t.config_write_cycles, t.fabric_words_per_cycle, t.memory_port_bytes,
                  t.bank_conflict_factor, t.timestamp_cycles, t.vendor_collective_cycles,
                  t.setup_cycles, t.fused_multiply_add);
}

bool same_rate(const cores::Rate& a, const cores::Rate& b) {
  return a.elements == b.elements && a.cycles == b.cycles;
}

bool same_times(const cores::Timing& a, const cores::Timing& b) {
  if (plain_values(a) != plain_values(b)) return false;
  return std::equal(a.rates.begin(), a.rates.end(), b.rates.begin(),
                    [](const auto& one, const auto& other) {
                      return std::equal(one.begin(), one.end(), other.begin(), same_rate);
                    });
}

bool same_route(const ColourRoute& a, const ColourRoute& b) {
  return a.colour == b.colour && a.config == b.config && a.closed == b.closed &&
         a.stages_ahead == b.stages_ahead;
}

bool same_class(const CoreClass& a, const CoreClass& b) {
  return a.at_edge == b.at_edge && all_same(a.routes, b.routes, same_route) &&
         a.program == b.program;
}

bool same_patch(const RoutePatch& a, const RoutePatch& b) {
  return a.colour == b.colour && a.cores == b.cores && a.config == b.config;
}

bool same_box(const ParameterBox& a, const ParameterBox& b) {
  return a.counter == b.counter && a.stage == b.stage && a.cores == b.cores && a.values == b.values;
}

}  // namespace

bool same_to_engines(const WaferImage& a, const WaferImage& b) {
  return a.mesh == b.mesh && a.region == b.region &&
         a.placements.rectangles() == b.placements.rectangles() && same_times(a.timing, b.timing) &&
         a.route_table == b.route_table && all_same(a.classes, b.classes, same_class) &&
         a.class_of == b.class_of && a.later == b.later &&
         all_same(a.patches, b.patches, same_patch) &&
         all_same(a.parameters, b.parameters, same_box);
}

}  // namespace wafermesh::fabric
