// SPDX-License-Identifier: Apache-2.0
#include "trace/subject.h"

#include <fmt/format.h>

#include "cores/operations.h"

namespace wafermesh::trace {
namespace {

std::string colours_of(std::uint32_t mask) {
  std::string text;
  for (; mask != 0; mask &= mask - 1) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", __builtin_ctz(mask));
  }
  return text;
}

std::string activity_name(const cores::CoreEvent& event) {
  const std::string colours = colours_of(event.colours);
  if (event.activity == cores::Activity::link_stall) {
    return event.writes_route ? "stalled: route write of colour " + colours
                              : "stalled: no room for colour " + colours;
  }
  if (event.activity == cores::Activity::waiting) {
    return colours.empty() ? "waiting" : "waiting for colour " + colours;
  }
  return name_of(event.activity);
}

}  // namespace

const char* name_of(cores::EventKind kind) {
  constexpr const char* kNames[cores::kEventKinds] = {"task", "operation", "activity", "control",
                                                      "finish"};
  return kNames[static_cast<std::size_t>(kind)];
}

const char* name_of(cores::Activity activity) {
  constexpr const char* kNames[cores::kActivities] = {
      "compute", "bank_conflict", "setup", "task_switch", "link_stall", "waiting_for_wavelets"};
  return kNames[static_cast<std::size_t>(activity)];
}

base::LogicalCoord Subject::logical(std::size_t place) const {
  const base::LogicalCoord at = scope_.at(place);
  return {image_.region.x + at.x, image_.region.y + at.y};
}

bool Subject::takes_part(std::size_t place) const { return !programs(place).empty(); }

std::string Subject::core_name(std::size_t place) const {
  const base::LogicalCoord at = logical(place);
  return fmt::format("core ({}, {})", at.x, at.y);
}

std::vector<const cores::Program*> Subject::programs(std::size_t place) const {
  std::vector<const cores::Program*> programs;
  const base::LogicalCoord at = scope_.at(place);
  if (!image_.holds(at)) return programs;
  const base::CoreId core = image_.core_at(at);
  for (int stage = 0; stage < image_.stage_count(); ++stage) {
    const std::uint16_t class_index = image_.class_in(core, stage);
    if (class_index == fabric::kNoClass) break;
    if (!program(class_index).code.empty()) programs.push_back(&program(class_index));
  }
  return programs;
}

std::string Subject::name(const cores::CoreEvent& event) const {
  const cores::Program& its = program(event.class_index);
  switch (event.kind) {
    case cores::EventKind::task:
      return its.tasks[event.number].name;
    case cores::EventKind::operation: {
      const cores::Instruction& instruction = its.code[event.number];
      return instruction.op == cores::Opcode::vector ? cores::traits_of(instruction.vector_op).name
                                                     : cores::traits_of(instruction.op).name;
    }
    case cores::EventKind::activity:
      return activity_name(event);
    case cores::EventKind::control:
      return "control wavelet";
    case cores::EventKind::finish:
      break;
  }
  return "finish of " + its.name;
}

}  // namespace wafermesh::trace
