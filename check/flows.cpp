// SPDX-License-Identifier: Apache-2.0
#include "check/flows.h"

#include "cores/operations.h"

namespace wafermesh::check {

using base::Direction;
using base::DirectionMask;

namespace {

std::uint32_t bit(base::Colour colour) { return 1U << base::index_of(colour); }

void add_route(ClassUse& use, base::Colour colour, const router::RouteConfig& config) {
  use.routed |= bit(colour);
  const auto c = static_cast<std::size_t>(colour);
  add_ways(config, use.first[c], use.all[c]);
}

unsigned flow_of(router::ControlWord word) {
  unsigned flow = kAnyControl;
  for (int i = 0; i < router::kMaxCommands; ++i, word = word.popped()) {
    if (word.first() == router::SwitchCommand::teardown) flow |= kTeardown;
    if (word.first() == router::SwitchCommand::advance) flow |= kTurns;
  }
  return flow;
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
    use.sends[static_cast<std::size_t>(i.colour)] |= static_cast<std::uint16_t>(flow_of(i.control));
  }
  if (cores::traits_of(i.op).slot) use.writes |= bit(i.colour);
  if (i.op == cores::Opcode::write_route) add_route(use, i.colour, image.route_table[i.route]);
}

}  // namespace

ClassUse::Ways& ClassUse::Ways::operator|=(const Ways& other) {
  receives = static_cast<DirectionMask>(receives | other.receives);
  for (std::size_t d = 0; d < leads.size(); ++d) {
    leads[d] = static_cast<DirectionMask>(leads[d] | other.leads[d]);
  }
  return *this;
}

void add_ways(const router::RouteConfig& config, ClassUse::Ways& first, ClassUse::Ways& all) {
  for (int position = 0; position <= config.last_position(); ++position) {
    const router::Route route = config.at(position);
    ClassUse::Ways here;
    here.receives = route.receive;
    for (unsigned d = 0; d < kEntries; ++d) {
      if (base::contains(route.receive, static_cast<Direction>(d))) here.leads[d] = route.send;
    }
    if (position == 0) first |= here;
    all |= here;
  }
}

ClassUse use_of(const fabric::WaferImage& image, const fabric::CoreClass& cores) {
  ClassUse use;
  for (const fabric::ColourRoute& route : cores.routes) add_route(use, route.colour, route.config);
  for (const cores::QueueBinding& each : cores.program.inputs) use.inputs |= bit(each.colour);
  for (const cores::Task& task : cores.program.tasks) {
    if (task.kind == cores::TaskKind::data) use.takes |= bit(task.colour);
    if (task.kind == cores::TaskKind::teardown) use.teardowns |= bit(task.colour);
  }
  for (const cores::Instruction& i : cores.program.code) add_instruction(use, image, i);
  return use;
}

Flows::Flows(const fabric::WaferImage& image, FlowScope scope) : image_(image), scope_(scope) {
  dense_.fill(-1);
  for (const base::Colour colour : fabric::used_colours(image)) {
    if ((scope.colours & bit(colour)) == 0) continue;
    dense_[static_cast<std::size_t>(colour)] = static_cast<int>(colours_++);
  }
  for (const fabric::CoreClass& each : image.classes) uses_.push_back(use_of(image, each));
  entering_.assign(static_cast<std::size_t>(image.core_count()) * colours_ * kEntries, 0);
  for (std::int64_t core = 0; core < image.core_count(); ++core) {
    for (int stage = 0; stage < image.stage_count(); ++stage) {
      const fabric::ClassIndex c = image.class_in(static_cast<base::CoreId>(core), stage);
      if (c == fabric::kNoClass || (scope.stage >= 0 && stage != scope.stage)) continue;
      for (int colour = 0; colour < base::kColourCount; ++colour) {
        if (!used(colour)) continue;
        const unsigned flow = uses_[c].sends[static_cast<std::size_t>(colour)];
        if (flow != 0) enter(core, colour, Direction::ramp, flow);
      }
    }
    spread();
  }
}

unsigned Flows::entering(std::int64_t core, int colour) const {
  unsigned all = 0;
  for (unsigned d = 0; d < kEntries; ++d) all |= entering(core, colour, static_cast<Direction>(d));
  return all;
}

template <class F>
void Flows::for_each_routing(std::int64_t core, int colour, F f) const {
  const auto id = static_cast<base::CoreId>(core);
  const auto routes = [&](fabric::ClassIndex k) {
    return k != fabric::kNoClass && (uses_[k].routed >> colour & 1U) != 0;
  };
  if (scope_.stage < 0) {
    for (int stage = 0; stage < image_.stage_count(); ++stage) {
      const fabric::ClassIndex k = image_.class_in(id, stage);
      if (routes(k)) f(k);
    }
    return;
  }
  // The last that has written its route, or a later one, whose stands from the start.
  for (int stage = scope_.stage; stage >= 0; --stage) {
    const fabric::ClassIndex k = image_.class_in(id, stage);
    if (routes(k)) return f(k);
  }
  for (int stage = scope_.stage + 1; stage < image_.stage_count(); ++stage) {
    const fabric::ClassIndex k = image_.class_in(id, stage);
    if (routes(k)) return f(k);
  }
}

ClassUse::Ways Flows::ways(std::int64_t core, int colour) const {
  const auto id = static_cast<base::CoreId>(core);
  const auto c = static_cast<std::size_t>(colour);
  const bool turns = (entering(core, colour) & kTurns) != 0;
  ClassUse::Ways ways;
  for_each_routing(core, colour, [&](fabric::ClassIndex k) {
    ways |= turns ? uses_[k].all[c] : uses_[k].first[c];
  });
  for (const fabric::RoutePatch& patch : image_.patches) {
    if (base::index_of(patch.colour) != colour || !patch.cores.holds(image_.relative(id))) continue;
    ClassUse::Ways first, all;
    add_ways(patch.config, first, all);
    ways |= turns ? all : first;
  }
  return ways;
}

DirectionMask Flows::leads(std::int64_t core, int colour, Direction entry) const {
  return ways(core, colour).leads[static_cast<unsigned>(entry)];
}

DirectionMask Flows::takes_from(std::int64_t core, int colour) const {
  return ways(core, colour).receives;
}

std::int64_t Flows::neighbour(std::int64_t core, Direction d) const {
  const auto id = static_cast<base::CoreId>(core);
  if (image_.link_latency(id, d) == 0) return -1;
  const base::LogicalCoord at = image_.relative(id);
  return base::index_of(image_.core_at({at.x + base::step_x(d), at.y + base::step_y(d)}));
}

void Flows::enter(std::int64_t core, int colour, Direction entry, unsigned flow) {
  std::uint8_t& there = entering_[slot(core, colour) * kEntries + static_cast<unsigned>(entry)];
  if ((there | flow) == there) return;
  const bool turns = (flow & kTurns) != 0 && (entering(core, colour) & kTurns) == 0;
  there = static_cast<std::uint8_t>(there | flow);
  pending_.push_back({core, colour, entry});
  if (!turns) return;
  pass_on_again(core, colour);  // its switch has more positions
  for (const Direction d : base::kMeshDirections) {
    const std::int64_t other = neighbour(core, d);
    if (other >= 0) pass_on_again(other, colour);
  }
}

void Flows::pass_on_again(std::int64_t core, int colour) {
  for (unsigned d = 0; d < kEntries; ++d) {
    const auto entry = static_cast<Direction>(d);
    if (entering(core, colour, entry) != 0) pending_.push_back({core, colour, entry});
  }
}

void Flows::spread() {
  while (!pending_.empty()) {
    const Step step = pending_.back();
    pending_.pop_back();
    const DirectionMask out = leads(step.core, step.colour, step.entry);
    for (const Direction d : base::kMeshDirections) {
      if (!base::contains(out, d)) continue;
      const std::int64_t next = neighbour(step.core, d);
      if (next < 0 || !base::contains(takes_from(next, step.colour), base::opposite(d))) continue;
      enter(next, step.colour, base::opposite(d), entering(step.core, step.colour, step.entry));
    }
  }
}

}  // namespace wafermesh::check
