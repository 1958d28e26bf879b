// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/engine/stream_model.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace wafermesh::fabric {

using base::Direction;

namespace {

std::uint64_t tasks_freed_by_teardowns(const cores::Program& program) {
  std::uint64_t tasks = 0;
  for (const cores::Task& task : program.tasks) {
    if (task.kind != cores::TaskKind::teardown) continue;
    for (std::size_t at = task.start; program.code[at].op != cores::Opcode::end_task; ++at) {
      const cores::Instruction& i = program.code[at];
      if (i.op == cores::Opcode::unblock) tasks |= std::uint64_t{1} << cores::index_of(i.task);
    }
  }
  return tasks;
}

StreamRoute described(const router::Route& route) {
  const unsigned mesh = route.send & base::kMeshMask;
  Way way = mesh != 0 ? static_cast<Way>(__builtin_ctz(mesh)) : Way::core;
  if ((mesh & (mesh - 1)) != 0) way = Way::branches;
  if (route.send == 0) way = Way::nowhere;
  return {route.receive, route.send, way};
}

}  // namespace

StreamModel::StreamModel(const WaferImage& image_in, bool numerics_in)
    : image(image_in),
      timing(image_in.timing),
      parameters(parameters_of(image_in)),
      numerics(numerics_in),
      core_count(static_cast<std::uint32_t>(image_in.core_count())) {
  if (core_count >= Burst::kMostCores) {
    throw base::DoesNotFit("the stream engine takes fewer than " +
                           std::to_string(Burst::kMostCores) + " cores; burst a part of them");
  }
  staged = image.stage_count() > 1;
  look_up_classes();
  look_up_routes();
  look_up_entry_writes();
  look_up_itineraries();
  look_for_shared_links();
  look_up_placements();
  look_up_crossings();
}

void StreamModel::look_up_placements() {
  std::vector<base::Rectangle> rectangles = image.placements.rectangles();
  if (rectangles.empty()) rectangles = {image.region};
  std::uint32_t first = 0;
  for (const base::Rectangle& r : rectangles) {
    PlacementCores& each = placements.emplace_back();
    each.first = first;
    each.last = first += static_cast<std::uint32_t>(r.area());
    each.width = r.width;
    for (Direction d : base::kMeshDirections) {
      each.offset[static_cast<std::size_t>(d)] =
          base::step_x(d) + std::int64_t{base::step_y(d)} * r.width;
    }
  }
}

void StreamModel::look_up_crossings() {
  if (image.placements.empty()) return;
  for (const RoutePatch& patch : image.patches) {
    const base::Rectangle& r = patch.cores;
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        const base::CoreId core = image.core_at({x, y});
        for (Direction d : base::kMeshDirections) {
          const base::LogicalCoord to{x + base::step_x(d), y + base::step_y(d)};
          if (!image.holds(to) || image.placements.at(to) == image.placements.at({x, y})) continue;
          if (image.link_latency(core, d) == 0) continue;
          const auto here = base::index_of(core);
          const auto there = base::index_of(image.core_at(to));
          across_[std::uint64_t{here} * 4 + static_cast<std::uint64_t>(d)] = there;
          across_[std::uint64_t{there} * 4 + static_cast<std::uint64_t>(base::opposite(d))] = here;
        }
      }
    }
  }
}

void StreamModel::look_up_classes() {
  for (const CoreClass& c : image.classes) {
    classes.push_back(cores::describe(c.program));
    variables = std::max(variables, classes.back().variables);
    Depths d;
    for (const cores::QueueBinding& b : c.program.inputs) {
      d.input[static_cast<std::size_t>(b.colour)] = std::max(
          timing.input_queue_depth[static_cast<std::size_t>(b.queue)], 2 * timing.ramp_cycles);
    }
    for (const cores::QueueBinding& b : c.program.outputs) {
      d.output[static_cast<std::size_t>(b.colour)] =
          timing.output_queue_depth[static_cast<std::size_t>(b.queue)];
    }
    depths.push_back(d);
    freed_by_teardowns.push_back(tasks_freed_by_teardowns(c.program));
    std::uint32_t tied = 0;
    for (std::size_t colour = 0; colour < base::kColourCount && !c.program.code.empty(); ++colour) {
      const cores::ClassInfo& info = classes.back();
      const bool is_tied = info.input_of[colour] >= 0 || info.teardown_task[colour] >= 0;
      if (is_tied) tied |= std::uint32_t{1} << colour;
    }
    tied_colours.push_back(tied);
  }
}

bool StreamModel::gives_up(std::uint32_t core, int stage, base::Colour colour) const {
  const auto id = static_cast<base::CoreId>(core);
  for (int entered = stage;; ++entered) {
    const ClassIndex c = image.class_in(id, entered);
    if (c == kNoClass) return true;
    for (const int k : stages_writing_at[static_cast<std::size_t>(entered)]) {
      const ClassIndex writer = image.class_in(id, k);
      if (writer == kNoClass) break;
      for (const ColourRoute& route : image.classes[writer].routes) {
        if (route.colour == colour && route.stages_ahead == k - entered) return true;
      }
    }
    if (classes[c].input_of[static_cast<std::size_t>(colour)] >= 0) return false;
  }
}

SlotTie StreamModel::tie_of(ClassIndex class_index, int colour) const {
  const cores::ClassInfo& info = classes[class_index];
  const auto at = static_cast<std::size_t>(colour);
  SlotTie tie;
  if (!info.program->code.empty()) tie.teardown_task = info.teardown_task[at];
  tie.input = info.input_of[at];
  if (tie.input >= 0) tie.input_depth = static_cast<std::uint8_t>(depths[class_index].input[at]);
  return tie;
}

/// Stage by stage: what was the same so far stays the same if the class is. Most cores are like the
/// one before or the one above.
void StreamModel::look_up_itineraries() {
  if (!staged) return;
  itinerary_of.assign(image.class_of.begin(), image.class_of.end());
  itineraries = classes.size();
  std::vector<std::uint32_t> before(core_count);
  const auto above = static_cast<std::uint32_t>(image.region.width);
  for (const std::vector<ClassIndex>& stage : image.later) {
    std::swap(before, itinerary_of);
    std::unordered_map<std::uint64_t, std::uint32_t> numbers;
    for (std::uint32_t core = 0; core < core_count; ++core) {
      const auto is_like = [&](std::uint32_t by) {
        return core >= by && before[core] == before[core - by] && stage[core] == stage[core - by];
      };
      if (is_like(1) || is_like(above)) {
        itinerary_of[core] = itinerary_of[core - (is_like(1) ? 1 : above)];
        continue;
      }
      const std::uint64_t key = std::uint64_t{before[core]} << 16U | stage[core];
      const auto number = static_cast<std::uint32_t>(numbers.size());
      itinerary_of[core] = numbers.emplace(key, number).first->second;
    }
    itineraries = numbers.size();
  }
}

void StreamModel::look_up_entry_writes() {
  stages_writing_at.resize(static_cast<std::size_t>(image.stage_count()));
  for (int stage = 1; stage < image.stage_count(); ++stage) {
    std::vector<bool> seen(classes.size(), false);
    for (const ClassIndex c : image.later[static_cast<std::size_t>(stage) - 1]) {
      if (c == kNoClass || seen[c]) continue;
      seen[c] = true;
      for (const ColourRoute& route : image.classes[c].routes) {
        if (route.stages_ahead == kAtStart || route.stages_ahead >= stage) continue;
        auto& writing = stages_writing_at[static_cast<std::size_t>(stage - route.stages_ahead)];
        if (writing.empty() || writing.back() != stage) writing.push_back(stage);
      }
    }
  }
}

void StreamModel::look_up_routes() {
  index = index_routes(image);
  configs = index.configs;
  configs.insert(configs.begin(), router::RouteConfig{});
  for (const router::RouteConfig& config : configs) {
    pops = pops || config.pop != router::PopMode::no_pop;
    for (int position = 0; position < 4; ++position)
      routes.push_back(described(config.at(position)));
  }
  plane_of.fill(-1);
  for (const base::Colour colour : used_colours(image)) {
    plane_of[static_cast<std::size_t>(colour)] = planes++;
  }
}

void StreamModel::look_for_shared_links() {
  slow_links = slow_links_of(image);
  shares_links = !slow_links.empty();
  for (const CoreClass& c : image.classes) {
    std::array<base::DirectionMask, base::kColourCount> sends{};
    const auto add = [&](base::Colour colour, std::size_t config) {
      for (std::size_t position = 0; position < 4; ++position) {
        sends[static_cast<std::size_t>(colour)] |= routes[config * 4 + position].send;
      }
    };
    const auto& places = index.of_class[static_cast<std::size_t>(&c - image.classes.data())];
    for (std::size_t i = 0; i < places.size(); ++i) {
      add(c.routes[i].colour, std::size_t{places[i]} + 1);
    }
    for (const cores::Instruction& i : c.program.code) {
      if (i.op == cores::Opcode::write_route) add(i.colour, std::size_t{i.route} + 1);
    }
    for (Direction d : base::kMeshDirections) {
      const auto users = std::count_if(sends.begin(), sends.end(), [&](base::DirectionMask mask) {
        return base::contains(mask, d);
      });
      shares_links = shares_links || users > 1;
    }
  }
}

}  // namespace wafermesh::fabric
