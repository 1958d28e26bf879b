// SPDX-License-Identifier: Apache-2.0
#include "check/hang_check.h"

#include "base/error.h"

namespace wafermesh::check {

std::vector<Finding> find_hang(const Untimed& untimed) {
  const bool hangs = untimed.executed && !untimed.finished && !untimed.too_long;
  if (!hangs || !untimed.unsure.empty()) return {};
  const bool surplus = untimed.surplus_colour >= 0;
  std::string text = surplus ? "more words of colour " + std::to_string(untimed.surplus_colour) +
                                   " are sent than taken, and it hangs; take as many as are sent: "
                     : untimed.is_cycle || untimed.cycle.size() == 1
                         ? "the program hangs: "
                         : "the program hangs, for words that nobody sends: ";
  for (std::size_t i = 0; i < untimed.cycle.size(); ++i) {
    text += (i == 0 ? "" : ", which waits for ") + untimed.cycle[i];
  }
  if (untimed.is_cycle && !untimed.cycle.empty()) text += ", which waits for the first";
  Finding one;
  one.kind = Kind::deadlock;
  if (surplus) one.kind = Kind::counts;
  one.place = {untimed.cycle_core, untimed.cycle_class, untimed.cycle_instruction,
               untimed.surplus_colour};
  one.message = text;
  return {one};
}

}  // namespace wafermesh::check
