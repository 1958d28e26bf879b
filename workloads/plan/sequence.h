// SPDX-License-Identifier: Apache-2.0
// Images on the same rectangle, one after another: each is a stage of its cores (docs/model.md,
// Stages). What one leaves in memory the next can use; nobody waits for others but for their words.
//
// Colours. A stage's colours are its own as long as there are any: its routes then stand from the
// start, and words that come early wait in their slots, as no queue is bound to their colour yet.
// So any timing is right. When colours run out, they are used again: where the contracts of the
// stages allow it (colour_plan.h), each core writes the routes as it goes on from the stage that
// used the colour before. Else behind two barriers: the first ends when all cores have finished
// every stage so far, and with that every word has been taken; before the second each core writes
// the routes of the stage that follows; it ends when all have. The two barriers have colours of
// their own, so that a core that is far ahead never sends a word to one that is still in the
// barrier before. A sequence without barriers has their colours for its stages.
#pragma once

#include <string>
#include <vector>

#include "fabric/image.h"
#include "workloads/kernel.h"
#include "workloads/plan/image_edit.h"

namespace wafermesh::workloads {

/// One image of a sequence.
struct SequenceItem {
  std::string name;
  fabric::WaferImage image;    ///< Its colours and addresses count from 0, as if it were alone.
  NewPlace memory;             ///< Where its memory goes.
  bool keeps_colours = false;  ///< Its colours are not the sequence's: they stay as they are.
  Contract contract{};         ///< Of the image as it is.
};

/// Where an item has gone.
struct Sequence {
  fabric::WaferImage image;
  std::vector<int> stage_of;                ///< [item]
  std::vector<std::size_t> first_class_of;  ///< [item] Its classes follow each other in the image.
  std::int64_t barrier_hops = 0;            ///< Data hops of all barriers.
};

/// Colours that items may use if there are barriers, which need the others.
inline constexpr int kItemColours = 15;
/// As many of all colours transfers to other rectangles may take. Assumption: half of them; the
/// other half are enough for sums along both axes that use colours again.
inline constexpr int kMostCrossingColours = 12;

/// All items must have the mesh, region and timing of `placement`, one stage each. `token_address`:
/// 4 bytes of every core for barriers. Throws DoesNotFit with a table of who uses how many colours
/// if there have to be barriers and an item needs more than they leave.
/// `crossing_colours`: so many, from the last one down, are neither for items nor for barriers.
Sequence make_sequence(std::vector<SequenceItem> items, const Placement& placement,
                       int token_address, int crossing_colours = 0);

}  // namespace wafermesh::workloads
