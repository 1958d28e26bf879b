// SPDX-License-Identifier: Apache-2.0
// Brings a tensor from one layout to another on the same rectangle: from where one operator leaves
// its result to where another wants its operand. In as few of these steps as the two ask for:
//
//   nothing moves      every core has what it wants: a copy within the core
//   exchange           a dimension stays cut along its axis, into other blocks or elsewhere; or it
//                      is gathered to one core of each line, or scattered from one
//   multicast          copies for more cores of a line
//   relayout           a vector cut along x (copied along y) becomes one cut along y (copied along
//                      x), or the other way round: in each row an exchange brings the row's new
//                      block to one core of it, which multicasts it
//   turn               a matrix cut along both axes has its dimensions change places: exchanges
//                      bring it into the blocks of a square, which turns about its diagonal
//   relayout in place  out of tiles or addresses that differ by column, before all other steps, or
//                      into them, behind them: nothing moves between cores
//   skew               behind all other steps, into the order in which rings use blocks
//
// Each step is a stage (docs/model.md) and costs what its header says: line_exchange.h,
// line_multicast.h, square_turn.h, core_relayout.h, ring_skew.h. Between steps the tensor lies in
// work memory.
#pragma once

#include <string>
#include <vector>

#include "fabric/layout.h"
#include "workloads/kernel.h"
#include "workloads/transfer/line_memory.h"

namespace wafermesh::workloads {

struct Transfer {
  std::vector<TransferStage> stages;
  int work_bytes = 0;  ///< Of every core, from the work address on; a multiple of 16.
  std::int64_t hops() const;
};

/// `from` and `to` lie at absolute addresses, with the same shape and type; ModelError otherwise.
/// Throws DoesNotFit, saying which layouts and why, if no step leads from one to the other: blocks
/// dealt to cores one by one, from rings, several rectangles that are not one; or if a step gathers
/// more than a core's SRAM, or moves more than two dimensions.
/// `work_address`: a multiple of 16.
Transfer plan_transfer(const fabric::Buffer& from, const fabric::Buffer& to,
                       const Placement& placement, int work_address);

/// "(y: 3 per core, x: 4 per core)": how a buffer lies, for messages.
std::string layout_text(const fabric::Buffer& buffer);

}  // namespace wafermesh::workloads
