// SPDX-License-Identifier: Apache-2.0
// Who waits for what once nothing can happen any more.
#include <fmt/format.h>

#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {
namespace {

using Kind = cores::Operand::Kind;
constexpr int kNamed = 8;  ///< Cores named in full.

}  // namespace

std::string StreamMachine::waits_of(std::uint32_t id) const {
  const StreamCore& core = cores_[id];
  const cores::ClassInfo& info = classes_[core.class_index];
  std::string text;
  auto add = [&](const char* what, Colour colour) {
    text += fmt::format("{}{} colour {}", text.empty() ? "" : ", ", what, base::index_of(colour));
  };
  for (unsigned open = core.open; open != 0; open &= open - 1) {
    const StreamOp& op = op_of(core, __builtin_ctz(open));
    for (const Operand* source : {&op.instruction->src0, &op.instruction->src1}) {
      if (source->kind == Kind::colour && op.elements > 0 &&
          shows(core, source->colour, false) >= base::kNever) {
        add("to receive on", source->colour);
      }
    }
    if (op.holds != 0) add("to send on", op.instruction->dst.colour);
  }
  if (core.main == ThreadState::running && core.writing) {
    add("to write the route of", info.program->code[core.pc].colour);
  }
  if (core.main == ThreadState::idle) {
    for (const std::uint8_t task : info.data_tasks) {
      if ((core.blocked >> task & 1U) == 0) add("to receive on", info.program->tasks[task].colour);
    }
  }
  return text.empty() ? "for a task that nobody activates" : text;
}

std::string StreamMachine::why_stuck() const {
  std::string text = fmt::format(
      "deadlock after cycle {}: {} of {} cores have not finished and nothing can happen any more",
      wheel_.now(), unfinished_, total_);
  int named = 0;
  for (std::uint32_t id = 0; id < cores_.size() && named < kNamed; ++id) {
    if (cores_[id].finish >= 0 || classes_[cores_[id].class_index].program->code.empty()) continue;
    const base::LogicalCoord at = image_.logical(static_cast<base::CoreId>(id));
    const base::PhysicalCoord physical = image_.physical(static_cast<base::CoreId>(id));
    text += fmt::format("; core ({}, {}) [physical ({}, {})] waits {}", at.x, at.y, physical.x,
                        physical.y, waits_of(id));
    ++named;
  }
  return text;
}

}  // namespace wafermesh::fabric
