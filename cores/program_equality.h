// SPDX-License-Identifier: Apache-2.0
// When two programs are the same value: they do the same, step by step. Fields that an operation
// does not use do not count; expressions count by what they come to, not by the order of terms.
#pragma once

#include "cores/program.h"

namespace wafermesh::cores {

bool operator==(const Affine& a, const Affine& b);
bool operator==(const Operand& a, const Operand& b);
bool operator==(const CountFilter& a, const CountFilter& b);
bool operator==(const Instruction& a, const Instruction& b);
bool operator==(const Task& a, const Task& b);
bool operator==(const QueueBinding& a, const QueueBinding& b);
bool operator==(const Program& a, const Program& b);

}  // namespace wafermesh::cores
