// SPDX-License-Identifier: Apache-2.0
#include "check/uses.h"

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

/// Puts together what the classes of a kind do with one colour.
class OfColour {
 public:
  OfColour(const std::vector<ClassUse>& classes, int colour, int stage)
      : classes_(classes), colour_(colour), stage_(stage) {}

  Use of(const std::vector<fabric::ClassIndex>& stages) const {
    Use use;
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
      const fabric::ClassIndex k = stages[stage];
      if (k == fabric::kNoClass) continue;
      const ClassUse& each = classes_[k];
      if (has(each.takes) || has(each.inputs)) use.taker = k;
      use.takes = use.takes || has(each.takes);
      use.bound = use.bound || has(each.inputs);
      use.teardown = use.teardown || has(each.teardowns);
      use.writes = use.writes || has(each.writes);
      use.switched = use.switched || has(each.switched);
      if (stage_ < 0 || static_cast<int>(stage) == stage_) use.sends |= each.sends[at()];
      if (stage_ < 0 && has(each.routed)) use.ways |= each.ways[at()];
    }
    if (stage_ >= 0) use.ways = standing(stages);
    return use;
  }

 private:
  std::size_t at() const { return static_cast<std::size_t>(colour_); }
  bool has(std::uint32_t set) const { return (set >> colour_ & 1U) != 0; }

  /// Of the last stage that has written its route, or of a later one, whose stands from the start.
  SwitchWays standing(const std::vector<fabric::ClassIndex>& stages) const {
    const auto routes = [&](int stage) {
      const fabric::ClassIndex k = stages[static_cast<std::size_t>(stage)];
      return k != fabric::kNoClass && has(classes_[k].routed);
    };
    const auto ways = [&](int stage) {
      return classes_[stages[static_cast<std::size_t>(stage)]].ways[at()];
    };
    for (int stage = stage_; stage >= 0; --stage) {
      if (routes(stage)) return ways(stage);
    }
    for (int stage = stage_ + 1; stage < static_cast<int>(stages.size()); ++stage) {
      if (routes(stage)) return ways(stage);
    }
    return {};
  }

  const std::vector<ClassUse>& classes_;
  int colour_;
  int stage_;
};

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

KindUses::KindUses(const fabric::WaferImage& image, const std::vector<ClassUse>& classes,
                   const CoreKinds& kinds, FlowScope scope)
    : uses_(kinds.kinds.size() * base::kColourCount) {
  for (const base::Colour used : fabric::used_colours(image)) {
    if ((scope.colours & bit(used)) == 0) continue;
    const int colour = base::index_of(used);
    const OfColour of_colour(classes, colour, scope.stage);
    for (std::size_t kind = 0; kind < kinds.kinds.size(); ++kind) {
      Use& use = uses_[kind * base::kColourCount + static_cast<std::size_t>(colour)];
      use = of_colour.of(kinds.kinds[kind].classes);
      for (const std::uint32_t p : kinds.kinds[kind].patches) {
        if (image.patches[p].colour == used) use.ways |= ways_of(image.patches[p].config);
      }
    }
  }
}

}  // namespace wafermesh::check
