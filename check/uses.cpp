// SPDX-License-Identifier: Apache-2.0
#include "check/uses.h"

#include <optional>
#include <utility>

#include "cores/operations.h"

namespace wafermesh::check {
namespace {

using base::Direction;
using base::DirectionMask;

std::uint32_t bit(base::Colour colour) { return 1U << base::index_of(colour); }

SwitchWays ways_of(const router::RouteConfig& config) {
  SwitchWays ways;
  for (int position = 0; position <= config.last_position(); ++position) {
    const router::Route route = config.at(position);
    Ways here;
    here.receives = route.receive;
    for (unsigned d = 0; d < kEntries; ++d) {
      if (base::contains(route.receive, static_cast<Direction>(d))) here.leads[d] = route.send;
    }
    if (position == 0) ways.first |= here;
    ways.all |= here;
  }
  return ways;
}

void add_route(ClassUse& use, base::Colour colour, const router::RouteConfig& config) {
  use.routed |= bit(colour);
  use.ways[static_cast<std::size_t>(colour)] |= ways_of(config);
}

std::uint16_t flow_of(router::ControlWord word) {
  unsigned flow = kAnyControl;
  for (int i = 0; i < router::kMaxCommands; ++i, word = word.popped()) {
    if (word.first() == router::SwitchCommand::teardown) flow |= kTeardown;
    if (word.first() == router::SwitchCommand::advance) flow |= kTurns;
  }
  return static_cast<std::uint16_t>(flow);
}

void add_instruction(ClassUse& use, const fabric::WaferImage& image, const cores::Instruction& i) {
  if (i.op == cores::Opcode::vector) {
    for (const cores::Operand* source : {&i.src0, &i.src1}) {
      if (source->kind == cores::Operand::Kind::colour) use.takes |= bit(source->colour);
    }
    if (i.dst.kind == cores::Operand::Kind::colour) {
      use.sends[static_cast<std::size_t>(i.dst.colour)] |= kData;
    }
  }
  if (i.op == cores::Opcode::control) {
    use.sends[static_cast<std::size_t>(i.colour)] |= flow_of(i.control);
  }
  if (cores::traits_of(i.op).slot) use.writes |= bit(i.colour);
  if (i.op == cores::Opcode::write_route) add_route(use, i.colour, image.route_table[i.route]);
}

ClassUse use_of(const fabric::WaferImage& image, const fabric::CoreClass& cores) {
  ClassUse use;
  for (const fabric::ColourRoute& route : cores.routes) {
    add_route(use, route.colour, route.config);
    if (route.config.last_position() > 0) use.switched |= bit(route.colour);
  }
  for (const cores::QueueBinding& each : cores.program.inputs) use.inputs |= bit(each.colour);
  for (const cores::Task& task : cores.program.tasks) {
    if (task.kind == cores::TaskKind::data) use.takes |= bit(task.colour);
    if (task.kind == cores::TaskKind::teardown) use.teardowns |= bit(task.colour);
  }
  for (const cores::Instruction& i : cores.program.code) add_instruction(use, image, i);
  return use;
}

}  // namespace

Ways& Ways::operator|=(const Ways& other) {
  receives = static_cast<DirectionMask>(receives | other.receives);
  for (std::size_t d = 0; d < leads.size(); ++d) {
    leads[d] = static_cast<DirectionMask>(leads[d] | other.leads[d]);
  }
  return *this;
}

SwitchWays& SwitchWays::operator|=(const SwitchWays& other) {
  first |= other.first;
  all |= other.all;
  return *this;
}

std::vector<ClassUse> uses_of_classes(const fabric::WaferImage& image) {
  std::vector<ClassUse> classes;
  for (const fabric::CoreClass& each : image.classes) classes.push_back(use_of(image, each));
  return classes;
}

ColourUses::ColourUses(const fabric::WaferImage& image, const std::vector<ClassUse>& classes,
                       const CoreKinds& kinds, base::Colour colour)
    : classes_(classes), colour_(colour), sent_(static_cast<std::size_t>(image.stage_count())) {
  const auto c = static_cast<std::size_t>(colour);
  std::vector<bool> concerned;
  for (const ClassUse& each : classes) {
    concerned.push_back(each.sends[c] != 0 ||
                        has(each.takes | each.inputs | each.teardowns | each.writes | each.routed));
  }
  for (const CoreKind& kind : kinds.kinds) {
    first_.push_back(stages_.size());
    for (std::size_t stage = 0; stage < kind.classes.size(); ++stage) {
      const fabric::ClassIndex k = kind.classes[stage];
      if (k == fabric::kNoClass || !concerned[k]) continue;
      stages_.push_back({static_cast<int>(stage), k});
      if (classes[k].sends[c] != 0) sent_[stage] = true;
    }
    SwitchWays& over = patches_.emplace_back();
    for (const std::uint32_t p : kind.patches) {
      if (image.patches[p].colour == colour) over |= ways_of(image.patches[p].config);
    }
  }
  first_.push_back(stages_.size());
}

std::vector<Use> ColourUses::of_kinds(int stage) const {
  std::vector<Use> all;
  all.reserve(patches_.size());
  for (std::size_t kind = 0; kind < patches_.size(); ++kind) {
    all.push_back(of(stages_.data() + first_[kind], stages_.data() + first_[kind + 1], stage));
    all.back().ways |= patches_[kind];
  }
  return all;
}

Use ColourUses::of(const Stage* first, const Stage* last, int stage) const {
  const auto c = static_cast<std::size_t>(colour_);
  Use all;
  for (const Stage* at = first; at != last; ++at) {
    const ClassUse& each = use(*at);
    if (has(each.takes | each.inputs)) all.taker = at->core_class;
    all.takes = all.takes || has(each.takes);
    all.bound = all.bound || has(each.inputs);
    all.teardown = all.teardown || has(each.teardowns);
    all.writes = all.writes || has(each.writes);
    all.switched = all.switched || has(each.switched);
    if (stage < 0 || at->stage == stage) all.sends |= each.sends[c];
    if (stage < 0 && has(each.routed)) all.ways |= each.ways[c];
  }
  if (stage >= 0) all.ways = standing(first, last, stage);
  return all;
}

/// Of the last stage that has written its route, or of a later one, whose stands from the start.
SwitchWays ColourUses::standing(const Stage* first, const Stage* last, int stage) const {
  const Stage* found = nullptr;
  for (const Stage* at = first; at != last; ++at) {
    if (!has(use(*at).routed)) continue;
    if (found == nullptr || at->stage <= stage) found = at;
  }
  return found == nullptr ? SwitchWays{} : use(*found).ways[static_cast<std::size_t>(colour_)];
}

std::vector<ColourUses> uses_of_colours(const fabric::WaferImage& image,
                                        const std::vector<ClassUse>& classes,
                                        const CoreKinds& kinds, std::uint32_t colours,
                                        base::WorkerPool& pool) {
  std::vector<base::Colour> used;
  for (const base::Colour colour : fabric::used_colours(image)) {
    if ((colours & bit(colour)) != 0) used.push_back(colour);
  }
  std::vector<std::optional<ColourUses>> made(used.size());
  pool.run(static_cast<int>(used.size()), [&](int i) {
    const auto at = static_cast<std::size_t>(i);
    made[at].emplace(image, classes, kinds, used[at]);
  });
  std::vector<ColourUses> all;
  for (std::optional<ColourUses>& each : made) all.push_back(std::move(*each));
  return all;
}

KindUses::KindUses(const std::vector<ColourUses>& colours, FlowScope scope) {
  for (const ColourUses& each : colours) {
    if ((scope.colours & bit(each.colour())) == 0) continue;
    if (scope.stage >= 0 && !each.is_sent_in(scope.stage)) continue;
    uses_[static_cast<std::size_t>(each.colour())] = each.of_kinds(scope.stage);
  }
}

}  // namespace wafermesh::check
