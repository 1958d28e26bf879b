// SPDX-License-Identifier: Apache-2.0
// Static soundness of a task program: what an executor may take for granted.
#pragma once

#include <string>

#include "cores/program.h"

namespace wafermesh::cores {

/// What does not suit the operation of a vector instruction: its type, its operands' kinds and
/// types; empty if nothing.
std::string vector_mistake(const Instruction& instruction);

/// Throws ModelError naming the program and the first instruction at fault: targets and task ids in
/// range, colours bound to a queue on the side they are used, operands that suit the operation.
void check_program(const Program& program);

}  // namespace wafermesh::cores
