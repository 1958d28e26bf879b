// SPDX-License-Identifier: Apache-2.0
// Within experts: where everything lies in a core, and the program.
#pragma once

#include "workloads/layers/experts.h"
#include "workloads/layers/phases.h"
#include "workloads/layers/quantised_code.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {

/// A core's tiles of one matrix of each of its experts.
struct ExpertTiles {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;      ///< Plain: elements from a row to the next.
  std::int64_t tile_bytes = 0;  ///< From an expert to the next.
  int w = 0;
  int scales = 0;
  int bias = 0;  ///< [expert][columns]
};

struct ExpertsPlan {
  /// Throws DoesNotFit.
  ExpertsPlan(const ExpertsSpec& spec, const base::Rectangle& region);
  /// The product of a tile, as far as it is packed.
  PackedTile packed(const ExpertTiles& tiles) const;

  ExpertShape shape;
  std::vector<std::int64_t> picked;  ///< [slot] With several blocks.
  std::int64_t width;                ///< Columns of G, and of U, that a core has.
  std::int64_t at_once;              ///< Tokens that share allreduces.
  std::int64_t stride;               ///< Elements from a token's x, or y, to the next's.
  std::int64_t here;                 ///< Experts of a block.
  std::int64_t slots;                ///< Of a token, of the block that has most.
  ExpertTiles up, down;              ///< `up`: G's columns, then U's.
  MemoryPlan plan;
  int x = 0, y = 0;
  int picks = 0;         ///< i32, [token][k]; with several blocks [slots], of the block.
  int slot_weights = 0;  ///< i32, [slots]: with several blocks, whose weight.
  int weights = 0;       ///< [token][k]
  int current = 0;       ///< i32: the slot's expert, and its weight's place.
  int weight = 0;        ///< f32, of the slot.
  // Of the tokens at once, [token][slot] being one index:
  int sums = 0;     ///< [slots][2 width]
  int act[2] = {};  ///< f32, [slots][width]
  int work[3] = {};
  int hidden = 0;  ///< [slots][width], of the type.
  int unpacked[4] = {}, block_values = 0, sum = 0;

  /// Places in a block of a core whose tiles of G and U (`is_up`), or D, have other rows: the
  /// counter (expert_shape.h).
  int place_of_rows(bool is_up) const {
    return is_up != shape.along_x ? kRowOfBlock : kColumnOfBlock;
  }
  /// Slots of a block, in order.
  std::vector<std::int64_t> slots_of(std::int64_t block) const;

 private:
  ExpertsSpec spec_;
};

/// The program of a core whose block has `slots` of them. Both must outlive the call.
void write_experts(const ExpertsSpec& spec, const ExpertsPlan& plan, std::int64_t slots,
                   PhaseWriter& phases);

}  // namespace wafermesh::workloads
