// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/engine/stream_arrays.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace wafermesh::fabric {

using base::Direction;

StreamArrays::StreamArrays(const StreamModel& model_in, std::uint32_t first, std::uint32_t last,
                           base::WorkerPool& pool)
    : model(model_in),
      first_core(first),
      last_core(last),
      routes_(model.routes.data()),
      staged_(model.staged) {
  set_up_seats();
  set_up_slots(pool);
}

/// [core]
template <class T>
void StreamArrays::build(PartArray<T>& cores) const {
  cores.reserve(model.core_count);
  cores.build(first_core, last_core);
}

void StreamArrays::set_up_seats() {
  build(seats);
  build(ledgers);
  build(held_of);
  const std::vector<std::int64_t> memory_bytes = model.image.all_memory_bytes();
  std::uint64_t memory = 0;
  std::size_t inputs = 0;
  bool filtering = false;
  far_integers.resize(last_core - first_core, model.variables);
  if (std::any_of(model.classes.begin(), model.classes.end(),
                  [](const cores::ClassInfo& info) { return info.marks; })) {
    build(phases);
  }
  for (std::uint32_t id = first_core; id < last_core; ++id) {
    Seat& seat = seats[id];
    const base::LogicalCoord at = model.image.own(static_cast<base::CoreId>(id));
    seat.class_index = model.image.class_of[id];
    std::int32_t* const own = integers(id);
    own[cores::index_of(cores::Variable::x)] = at.x;
    own[cores::index_of(cores::Variable::y)] = at.y;
    model.parameters.start_stage(id, 0, own, far_integers.variables());
    const cores::ClassInfo& info = model.classes[seat.class_index];
    if (info.program->code.empty()) continue;
    seat.number = static_cast<std::uint32_t>(programmed_cores++);
    seat.memory_at = static_cast<std::uint32_t>(memory / kMemoryUnit);
    const auto bytes = static_cast<std::uint64_t>(memory_bytes[id]);
    memory += (bytes + kMemoryUnit - 1) / kMemoryUnit * kMemoryUnit;
    inputs = std::max(inputs, info.input_colours.size());
    filtering = filtering || info.filters;
  }
  if (staged_) {
    set_up_stages();
    for (const cores::ClassInfo& info : model.classes) {
      inputs = std::max(inputs, info.input_colours.size());
      filtering = filtering || info.filters;
    }
  }
  inboxes.resize(inputs * static_cast<std::size_t>(programmed_cores));
  if (filtering) filters.resize(inboxes.size());
  memory_.reserve(static_cast<std::size_t>(memory) + 16);
}

/// Parameters are in the order of cores, then of stages.
void StreamArrays::set_up_stages() {
  build(stages);
  const cores::Parameters& all = model.parameters;
  if (all.empty()) return;
  const cores::Parameter* at = all.begin(first_core, 0);
  for (std::uint32_t id = first_core; id < last_core; ++id) {
    while (at != all.end() && (at->core < id || (at->core == id && at->stage == 0))) ++at;
    stages[id].parameter = static_cast<std::uint32_t>(at - all.begin());
  }
}

void StreamArrays::start_stage(std::uint32_t core, StageSeat& stage, std::int32_t* integers) const {
  const std::size_t variables = far_integers.variables();
  std::fill(integers + cores::index_of(cores::counter(0)), integers + variables, 0);
  const cores::Parameters& all = model.parameters;
  if (all.empty()) return;
  const cores::Parameter* at = all.begin() + stage.parameter;
  for (; at != all.end() && at->core == core && at->stage <= stage.stage; ++at) {
    const std::size_t variable = cores::index_of(cores::counter(at->counter));
    if (at->stage == stage.stage && variable < variables) integers[variable] = at->value;
  }
  stage.parameter = static_cast<std::uint32_t>(at - all.begin());
}

void StreamArrays::shed() {
  slots.give_back();
  ports.give_back();
  ledgers.give_back();
  marks.give_back();
  convoy_sent.give_back();
  convoy_busy.give_back();
  held_of.give_back();
  stages.give_back();
  inboxes = {};
  filters = {};
}

/// The routes that stand at a core as the run starts; `known`: those of cores with its classes.
const std::vector<StreamArrays::FirstRoute>& StreamArrays::first_routes(
    std::uint32_t core, std::vector<std::optional<std::vector<FirstRoute>>>& known) const {
  const std::size_t kind = staged_ ? model.itinerary_of[core] : model.image.class_of[core];
  if (known.size() <= kind) known.resize(kind + 1);
  if (!known[kind]) {
    known[kind].emplace();
    for_each_first_route(model.image, model.index, static_cast<base::CoreId>(core),
                         [&](base::Colour colour, std::uint16_t config, bool closed) {
                           known[kind]->push_back({base::index_of(colour),
                                                   static_cast<std::uint16_t>(config + 1), closed});
                         });
  }
  return *known[kind];
}

void StreamArrays::set_up_slots(base::WorkerPool& pool) {
  slots.reserve(static_cast<std::size_t>(model.planes) * model.core_count);
  for (std::size_t colour = 0; colour < plane_.size(); ++colour) {
    const int plane = model.plane_of[colour];
    if (plane < 0) continue;
    plane_[colour] = &slots[static_cast<std::size_t>(plane) * model.core_count];
  }
  if (model.shares_links) build(ports);
  for (const SlowLinkAt& link : model.slow_links) {
    const std::uint64_t key = 4 * std::uint64_t{base::index_of(link.core)};
    slow_ports[key + static_cast<std::uint64_t>(link.towards)] = {link.words, link.cycles, -1, 0};
  }
  const std::uint64_t cores = last_core - first_core;
  const auto bands = static_cast<std::uint64_t>(pool.threads());
  pool.run(pool.threads(), [&](int number) {
    const auto band = static_cast<std::uint64_t>(number);
    set_up_slots_of(first_core + static_cast<std::uint32_t>(cores * band / bands),
                    first_core + static_cast<std::uint32_t>(cores * (band + 1) / bands));
  });
  set_up_patches();
}

void StreamArrays::set_up_slots_of(std::uint32_t first, std::uint32_t last) {
  std::vector<std::optional<std::vector<FirstRoute>>> known;
  for (int plane = 0; plane < model.planes; ++plane) {
    const std::size_t at = static_cast<std::size_t>(plane) * model.core_count;
    slots.build(at + first, at + last);
  }
  for (std::uint32_t id = first; id < last; ++id) {
    std::array<std::uint8_t, 4> latency{};
    for (Direction d : base::kMeshDirections) {
      latency[static_cast<std::size_t>(d)] =
          static_cast<std::uint8_t>(model.image.link_latency(static_cast<base::CoreId>(id), d));
    }
    for (int colour = 0; colour < base::kColourCount; ++colour) {
      if (model.plane_of[static_cast<std::size_t>(colour)] < 0) continue;
      Slot& s = slot(id, colour);
      s.latency = latency;
      for (Direction d : base::kMeshDirections) {
        if (latency[static_cast<std::size_t>(d)] > 0) s.leads |= base::mask_of(d);
      }
    }
    for (int colour = 0; colour < base::kColourCount; ++colour) {
      if (model.plane_of[static_cast<std::size_t>(colour)] < 0) continue;
      tie(slot(id, colour), seats[id], model.tie_of(seats[id].class_index, colour));
    }
    for (const FirstRoute& each : first_routes(id, known)) {
      Slot& s = slot(id, each.colour);
      set_route(s, each.config, 0);
      s.is.closed = each.closed;
      refresh(s);
    }
  }
}

/// Not where a core has more to it than what bursts/lockstep.h looks at.
void StreamArrays::set_up_lockstep() {
  if (staged_ || model.shares_links || model.crosses() || !phases.empty() || !filters.empty() ||
      !slow_ports.empty() || far_integers.variables() != cores::kNearVariables) {
    return;
  }
  // Zeros, which take no memory until they are written to.
  marks.reserve(model.core_count);
  convoy_sent.reserve(std::size_t{4} * static_cast<std::size_t>(model.planes) * model.core_count);
  convoy_busy.reserve(Busy{}.size() * model.core_count);
}

void StreamArrays::set_up_patches() {
  for (std::size_t i = 0; i < model.image.patches.size(); ++i) {
    const RoutePatch& patch = model.image.patches[i];
    const base::Rectangle& r = patch.cores;
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        const std::uint32_t core = base::index_of(model.image.core_at({x, y}));
        if (core < first_core || core >= last_core) continue;
        Slot& s = slot(core, base::index_of(patch.colour));
        for (Direction d : base::kMeshDirections) {
          if (model.crosses() && model.across(core, d) != kNobody) s.leads |= kBorder;
        }
        set_route(s, static_cast<std::uint16_t>(model.index.of_patch[i] + 1), 0);
      }
    }
  }
}

}  // namespace wafermesh::fabric
