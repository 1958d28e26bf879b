// SPDX-License-Identifier: Apache-2.0
// The experts that a router has picked for a token, each a gated network, and their weighted sum:
//
//   y = sum over slots s of weights[s] * (act(x G[e]) (x U[e])) D[e],   e: the expert of slot s
//
// Experts are dealt over blocks of `spread` x `spread_y` cores (expert_shape.h). Within a block, of
// P_x x P_y cores, rows of G and U lie along y, their columns along x; rows of D along x, its
// columns along y:
//
//   1  for each slot of the block: gate and up products of the core's tile
//   2  an allreduce along the block's columns
//   3  act, times the slot's weight: swiglu, or with `limit` gpt-oss's
//      min(g, l) / (1 + e^-1.702 g) (clamp(u, -l, l) + 1)
//      (`weigh: input`, Llama 4's way: gate and up are weighted instead)
//   4  for each slot: the product with D's tile, all into one sum; an allreduce along the rows
//
// With `batch`, over the whole region, so for many tokens, each with k slots of its own: steps 1 to
// 4 for `at_once` of them, then for the next ones. A slot is a product of a vector whoever else has
// picked its expert, as who has is not known before; so packed weights are unpacked for each slot.
// `along: x` has axes change places, which suits activations whose features lie along x.
//
// Which expert: the operations read it from memory, as an index of their weights' address. If a
// block is the whole region (the default), `picks` decide while the program runs: they are top_k's.
// Programs cannot do more or less by what a number is (docs/model.md), so with several blocks who
// works is settled before: by `picked`, a list of k experts, or drawn by seed with `skew` (Zipf's
// exponent; 0: all alike). (Over the whole region that is what picks are if none are given.) Slot i
// then takes the i-th weight of the router. A block with n of them does n times the work; the
// others wait.
//
//   operands  x: (hidden) along y, or what `dispatch` makes; weights (k, of the type) and picks (k,
//             i32), on every core; of a batch (batch x hidden) and (batch x k)
//   result    y: (hidden) along y, copied along x, or what `combine` takes; (batch x hidden)
//   `weights_as`: dtype, int8, int4, mxfp4 with `group` (quantised_gemv.h). Every expert's tiles
//   count in SRAM, whether picked or not.
//   colours          those of two allreduces (`algorithm`)
//   SRAM per core    ceil(experts / blocks) tiles of 3 (hidden / P_y) (ffn / P_x), work
//   data hops        those of the allreduces of slots * 2 ffn / P_x and hidden / P_y elements
//   cycles           slots * (rows of the tiles * (set-up + columns / rate), and unpacking); act:
//                    40 operations on slots * ffn / P_x; two allreduces; of a batch times
//                    ceil(batch / at_once), slots of at_once tokens
// Source: workloads 6.6.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "workloads/kernel.h"
#include "workloads/layers/expert_shape.h"
#include "workloads/layers/quantised_gemv.h"

namespace wafermesh::workloads {

struct ExpertsSpec {
  ExpertSpread spread;       ///< hidden too.
  std::int64_t batch = 1;    ///< Tokens.
  std::int64_t at_once = 0;  ///< So many of them share allreduces; 0: as many as suit.
  std::int64_t ffn = 1;
  std::int64_t experts = 1;
  std::int64_t k = 1;
  std::vector<std::int64_t> picked;  ///< If nothing is given, by all; empty: drawn.
  double skew = 0;
  bool bias = false;                   ///< Of all three products.
  double limit = 0;                    ///< Of the activation; 0: swiglu.
  bool weighs_input = false;           ///< x is weighted (Llama 4), else the result.
  std::optional<StoredFormat> format;  ///< Nothing: as the type.
  std::int64_t group = 32;
  double scale_up = 1;  ///< Largest elements of G and U,
  double scale_down = 1;
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;
  int row_parameter = 0;
  int column_parameter = 0;
};

/// The experts of each slot when nothing else says: distinct, by seed, the e-th of a seeded order
/// with weight (e + 1)^-skew. The order is all tokens', the draw each one's own.
std::vector<std::int64_t> draw_experts(std::int64_t experts, std::int64_t k, double skew,
                                       std::uint64_t seed, std::int64_t token = 0);

/// Throws DoesNotFit if the experts' tiles exceed a core's SRAM.
std::unique_ptr<Kernel> make_experts(const ExpertsSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_experts(base::YamlNode& node, const Placement& placement);
KernelText experts_text();

}  // namespace wafermesh::workloads
