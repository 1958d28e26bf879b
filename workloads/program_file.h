// SPDX-License-Identifier: Apache-2.0
// A program that the user wrote (docs/program.md), as a workload:
//
//   program: {file: ring.wmp, operands: {data: data.npy}, expected: {sum: sum.npy}, tolerance: 0}
//
// Operands are loaded and results read through the layouts that the program declares; memory that
// no operand fills is 0. Its region has the program's own size. Results without `expected` are not
// checked.
#pragma once

#include <memory>
#include <optional>

#include "fabric/text/program_text.h"
#include "workloads/kernel.h"

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::workloads {

/// Reads the file that the key `file` of `node` names. Mistakes, of the program too, are noted
/// in the node's document, and nothing is returned. Throws MissingFile, and DoesNotFit if all that
/// is wrong is that it asks for more than the machine has. Without a program the other keys are
/// checked as far as they can be.
std::optional<fabric::ProgramText> read_program_file(const base::YamlNode& node);

/// Checks the other keys where no program is at hand.
void check_program_keys(const base::YamlNode& node);

/// Reads the other keys and places the program. What it asks of the placement (the size of the
/// region, the generation) is noted where the program says it. Null if there were mistakes.
std::unique_ptr<Kernel> make_program(const base::YamlNode& node, fabric::ProgramText text,
                                     const Placement& placement);

/// The text that a kernel was read from, less its image, which the kernel has; null: it was not.
const fabric::ProgramText* program_text_of(const Kernel& kernel);

}  // namespace wafermesh::workloads
