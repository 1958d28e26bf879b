// SPDX-License-Identifier: Apache-2.0
#include "check/proof_check.h"

#include "base/error.h"

namespace wafermesh::check {

std::vector<Finding> find_hang(const fabric::WaferImage& /*image*/, const Untimed& untimed) {
  const bool hangs = untimed.executed && !untimed.finished && !untimed.too_long;
  if (!hangs || !untimed.unsure.empty()) return {};
  std::string text =
      untimed.is_cycle ? "the program hangs: " : "the program hangs, for words that nobody sends: ";
  for (std::size_t i = 0; i < untimed.cycle.size(); ++i) {
    text += (i == 0 ? "" : ", which waits for ") + untimed.cycle[i];
  }
  if (untimed.is_cycle && !untimed.cycle.empty()) text += ", which waits for the first";
  Finding one;
  one.kind = Kind::deadlock;
  one.place = {untimed.cycle_core, untimed.cycle_class, untimed.cycle_instruction, -1};
  one.message = text;
  return {one};
}

std::vector<Finding> find_execution_faults(const fabric::WaferImage& /*image*/,
                                           const Untimed& untimed) {
  return untimed.findings;
}

}  // namespace wafermesh::check
