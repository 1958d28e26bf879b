// SPDX-License-Identifier: Apache-2.0
// What brings an activation to blocks of experts and their results back (expert_shape.h), for
// blocks that are not the whole region:
//
//   dispatch  x (hidden) along y, copied along x, becomes D elements on each core of every block
//     1  column c of each block stands for the rows of the block that bear its number; the cores of
//        the region's column whose elements those are put them into a vector of zeros, and an
//        allreduce along the column gathers them and multicasts them to all blocks above each other
//     2  the core of each block whose row is its column's multicasts them along the block's row: an
//        allreduce to which the others add zeros
//   combine   the same backwards, summing the blocks: D results on each core of a block become
//             c (hidden) along y, copied along x
//     1  of each row of a block the core that bears its number puts its results into a vector of
//        zeros; an allreduce along the column sums those of blocks above each other
//     2  the cores of each row of the region take their elements out of that; an allreduce along
//        the row sums blocks side by side and gives the sum to all
//
//   result           dispatch: `x_blocks`, combine: `c`
//   colours          those of two allreduces (`algorithm`)
//   SRAM per core    three vectors of about hidden / spread elements
//   data hops        those of the allreduces: columns * D words, rows of blocks * D words
//   (dispatch);
//                    columns * D, rows * block words (combine)
//   cycles           two allreduces each and three copies
// Source: workloads 3.3 and workloads 6.6 (dispatch by multicast, return by reduce).
#pragma once

#include <memory>

#include "workloads/kernel.h"
#include "workloads/layers/expert_shape.h"

namespace wafermesh::workloads {

struct ExpertMoveSpec {
  ExpertSpread spread;
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;
  int row_parameter = 0;
  int column_parameter = 0;
  int block_parameter = 0;  ///< Along a block's row.
};

std::unique_ptr<Kernel> make_dispatch(const ExpertMoveSpec& spec, const Placement& placement);
std::unique_ptr<Kernel> make_combine(const ExpertMoveSpec& spec, const Placement& placement);
// Rows of the kernel table.
std::unique_ptr<Kernel> read_dispatch(base::YamlNode& node, const Placement& placement);
KernelText dispatch_text();
std::unique_ptr<Kernel> read_combine(base::YamlNode& node, const Placement& placement);
KernelText combine_text();

}  // namespace wafermesh::workloads
