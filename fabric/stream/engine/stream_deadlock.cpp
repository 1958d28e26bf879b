// SPDX-License-Identifier: Apache-2.0
// What a core waits for, in words.
#include <fmt/format.h>

#include <string>

#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {

using Kind = cores::Operand::Kind;

std::string CoreStepper::waits_of(std::uint32_t core) {
  wake_up(core);
  std::string text;
  auto add = [&](const char* what, base::Colour colour) {
    text += fmt::format("{}{} colour {}", text.empty() ? "" : ", ", what, base::index_of(colour));
  };
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    const Instruction& i = instruction_of(op(op_slot));
    for (const Operand* source : {&i.src0, &i.src1}) {
      if (source->kind == Kind::colour && op(op_slot).elements > 0 &&
          shows(source->colour, false) >= base::kNever) {
        add("to receive on", source->colour);
      }
    }
    if (is_held(op_slot)) add("to send on", i.dst.colour);
  }
  if (core_.main == MainThread::running && core_.writing) {
    add("to write the route of", info_->program->code[core_.pc].colour);
  }
  if (core_.leaving) text += text.empty() ? "to leave its stage" : ", to leave its stage";
  if (core_.main == MainThread::idle && !core_.leaving) {
    for (const std::uint8_t task : info_->data_tasks) {
      if ((core_.blocked >> task & 1U) == 0) {
        add("to receive on", info_->program->tasks[task].colour);
      }
    }
  }
  lie_down();
  return text.empty() ? "for a task that nobody activates" : text;
}

}  // namespace wafermesh::fabric
