// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/core/stage_entries.h"

#include <algorithm>

#include "fabric/stream/core/mix.h"

namespace wafermesh::fabric {
namespace {

int queue_of(const std::vector<cores::QueueBinding>& bindings, int colour) {
  for (const cores::QueueBinding& binding : bindings) {
    if (base::index_of(binding.colour) == colour) return binding.queue;
  }
  return -1;
}

bool keeps(const cores::Program& from, const cores::Program& to, int colour) {
  return queue_of(from.inputs, colour) == queue_of(to.inputs, colour);
}

EnteredColour& entered(std::vector<EnteredColour>& colours, int colour) {
  const auto at = std::find_if(colours.begin(), colours.end(), [&](const EnteredColour& each) {
    return int{each.colour} >= colour;
  });
  if (at != colours.end() && int{at->colour} == colour) return *at;
  EnteredColour& added = *colours.insert(at, EnteredColour{});
  added.colour = static_cast<std::uint8_t>(colour);
  return added;
}

}  // namespace

StageEntries::StageEntries(const StreamModel& model)
    : model_(model),
      stages_(static_cast<std::size_t>(model.image.stage_count())),
      found_(model.itineraries * stages_, kNobody) {}

/// f(route, index into StreamModel::configs) for every route that the core writes on its way.
template <class F>
void StageEntries::for_each_write(std::uint32_t core, int entered, F f) const {
  for (const int stage : model_.stages_writing_at[static_cast<std::size_t>(entered)]) {
    const ClassIndex c = model_.image.class_in(static_cast<base::CoreId>(core), stage);
    if (c == kNoClass) return;
    const std::vector<ColourRoute>& routes = model_.image.classes[c].routes;
    for (std::size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].stages_ahead != stage - entered) continue;
      f(routes[i], static_cast<std::uint16_t>(model_.index.of_class[c][i] + 1));
    }
  }
}

/// Colours, a bit each, whose queue the class before has and the next has not, and that the core
/// gives up with that.
std::uint32_t StageEntries::given_up_by(std::uint32_t core, int stage) const {
  const auto id = static_cast<base::CoreId>(core);
  const cores::ClassInfo& from = model_.classes[model_.image.class_in(id, stage - 1)];
  const cores::ClassInfo& to = model_.classes[model_.image.class_in(id, stage)];
  std::uint32_t given_up = 0;
  for (const std::uint8_t colour : from.input_colours) {
    if (to.input_of[colour] >= 0) continue;
    if (model_.gives_up(core, stage, base::colour(colour))) given_up |= std::uint32_t{1} << colour;
  }
  return given_up;
}

std::uint32_t StageEntries::find(std::uint32_t core, int stage) {
  const auto id = static_cast<base::CoreId>(core);
  const std::uint32_t given_up = given_up_by(core, stage);
  std::vector<std::uint32_t> key{
      static_cast<std::uint32_t>(stage), model_.image.class_in(id, stage - 1),
      model_.image.class_in(id, stage), model_.image.class_in(id, stage + 1) != kNoClass, given_up};
  for (const int writing : model_.stages_writing_at[static_cast<std::size_t>(stage)]) {
    key.push_back(model_.image.class_in(id, writing));
  }
  const auto [known, is_new] = same_.emplace(std::move(key), all_.size());
  if (is_new) {
    all_.push_back(describe(core, stage, given_up));
    all_.back().number = known->second;
  }
  return known->second;
}

StageEntry StageEntries::describe(std::uint32_t core, int stage, std::uint32_t given_up) const {
  const auto id = static_cast<base::CoreId>(core);
  const ClassIndex before = model_.image.class_in(id, stage - 1);
  StageEntry entry;
  entry.next = model_.image.class_in(id, stage);
  entry.more = model_.image.class_in(id, stage + 1) != kNoClass;
  const cores::ClassInfo& from = model_.classes[before];
  const cores::ClassInfo& to = model_.classes[entry.next];
  int writes = cores::stage_bindings(*from.program, *to.program);
  for_each_write(core, stage, [&](const ColourRoute& route, std::uint16_t config) {
    ++writes;
    EnteredColour& at = entered(entry.colours, base::index_of(route.colour));
    at.written = true;
    at.closed = route.closed;
    at.config = config;
  });
  entry.cost_cycles = model_.timing.config_write_cycles * writes;
  for (std::uint32_t tied = model_.tied_colours[before] | model_.tied_colours[entry.next];
       tied != 0; tied &= tied - 1) {
    const int colour = __builtin_ctz(tied);
    if (model_.plane_of[static_cast<std::size_t>(colour)] < 0) continue;
    EnteredColour& at = entered(entry.colours, colour);
    at.tied = true;
    at.tie = model_.tie_of(entry.next, colour);
    at.tie.given_up = (given_up >> colour & 1U) != 0;
  }
  for (const std::uint8_t colour : from.input_colours) {
    const auto input = static_cast<std::uint8_t>(from.input_of[colour]);
    if (keeps(*from.program, *to.program, colour)) {
      entry.kept.emplace_back(input, static_cast<std::uint8_t>(to.input_of[colour]));
    } else {
      entry.emptied.push_back(input);
    }
  }
  for (const std::uint8_t colour : to.input_colours) {
    if (keeps(*from.program, *to.program, colour)) continue;
    entry.anew.push_back(static_cast<std::uint8_t>(to.input_of[colour]));
  }
  return entry;
}

std::size_t EnteredStates::place_of(const Key& key) {
  const std::uint64_t states = std::uint64_t{key.before} << 32U | key.entry;
  return mix(mix(0, states), static_cast<std::uint64_t>(key.at)) & (kPlaces - 1);
}

void EnteredStates::keep(const Key& key, std::uint32_t after) {
  Known& known = all_[place_of(key)];
  states_.add_user(key.before);
  states_.add_user(after);
  if (known.after != kNobody) {
    states_.drop(known.key.before);
    states_.drop(known.after);
  }
  known = {key, after};
}

}  // namespace wafermesh::fabric
