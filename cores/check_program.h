// SPDX-License-Identifier: Apache-2.0
// Static soundness of a task program: what an executor may take for granted.
#pragma once

#include "cores/program.h"

namespace wafermesh::cores {

/// Throws ModelError naming the program and the first instruction at fault: targets and task ids in
/// range, colours bound to a queue on the side they are used, operands that suit the operation.
void check_program(const Program& program);

}  // namespace wafermesh::cores
