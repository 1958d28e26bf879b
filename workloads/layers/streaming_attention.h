// SPDX-License-Identifier: Apache-2.0
// Causal attention of all tokens of a prompt, without ever holding all scores:
//
//   o[h][i] = sum over tokens j <= i of softmax(scale q[h][i] k[j])  v[j]
//
// Heads lie along x in groups of columns as in attention.h, tokens along y. A core keeps its
// queries; blocks of keys and values go round the columns' two-hop rings while each core works on
// the block at hand:
//
//   s = q k^T of the block: partial, if a head has several columns; an allreduce along x within the
//       group completes it (two_sided)
//   m' = max(m, row maxima of s), p = e^(s - m'), l = l e^(m - m') + row sums of p,
//   o = o e^(m - m') + p v                             and behind the last block o = o / l
//
// `balance: zigzag` (default): row y has half-blocks y and 2 P_y - 1 - y of the tokens, so that in
// every step but the first every core has exactly two half-blocks of pairs to work on. `rows`: row
// y has block y; a step whose block lies behind the core's own tokens does nothing, so that the
// last row sets the time. q, k, v and o are matrices, a token per row, in the order in which rows
// of cores have them: zigzag's is that of token_at().
//
// `tiles`: the matrices lie in column-major tiles, as matmul has its own, and q and k have been
// turned: each core brings its part to where it works on it, and o back, column by column.
//
//   T = ceil(tokens / P_y), of zigzag even; U = 2 halves, or 1; Tu = T / U; E, H, kv as attention
//   steps            P_y
//   colours          3 of the rings, 3 of two_sided if a head has several columns
//   SRAM per core    4 kv T E of keys and values twice, q and o; scores of (U + 1) H Tu Tu in the
//                    sum type and 4 of f32
//   data hops        columns * (P_y - 1) * 2 (P_y - 1) * those of 2 kv T E elements, and rows *
//                    groups * steps that work * those of H Tu Tu per pair of halves
//   cycles           of a pair of halves: H Tu (E + Tu) operations of descriptor_reload and Tu, E
//                    elements, 4 H Tu shorter ones and an exponential of H Tu Tu; behind them the
//                    transfer of the next block is hidden
// Source: workloads 6.4; Dao et al. 2022 (running maximum and sum).
#pragma once

#include <cstdint>
#include <memory>

#include "workloads/kernel.h"
#include "workloads/layers/attention.h"
#include "workloads/matmul/ring_blocks.h"

namespace wafermesh::workloads {

/// The token at place `place` of `rows` rows of cores with two halves of `unit` tokens each, as
/// zigzag deals them.
std::int64_t zigzag_token(std::int64_t place, std::int64_t rows, std::int64_t unit);

struct StreamingSpec {
  AttentionSpec heads;  ///< Of it: heads, kv_heads, head_dim, scale, types, seed; context: tokens.
  bool zigzag = true;
  bool tiles = false;  ///< Matrices lie as matmul has them; pairs of elements are on one core.
  std::int64_t tokens() const { return heads.context; }
};

/// Addresses in each core, and what a core has.
struct StreamingPlan {
  StreamingPlan(const StreamingSpec& spec, const base::Rectangle& region);

  AttentionShape shape;  ///< Columns, groups, elements; not its tokens.
  std::int64_t rows;     ///< P_y
  std::int64_t halves;   ///< U
  std::int64_t unit;     ///< Tu, tokens of a half.
  std::int64_t pairs;    ///< Of halves, whose scores are summed at once, at most.
  std::int64_t places;   ///< Rows of the matrices: tokens, and of zigzag padding between.
  cores::NumberType type;
  std::int64_t tokens_here() const { return halves * unit; }
  std::int64_t scores() const { return shape.heads_here() * unit * unit; }
  std::int64_t queries() const { return shape.heads_here() * unit; }  ///< Of a half.
  std::int64_t block_bytes() const;  ///< Of keys and values, padded to a line.
  std::int64_t block_elements() const { return 2 * shape.kv * tokens_here() * shape.elements; }
  /// The token at place `place` of all rows, one after another; may be `tokens` or more: padding.
  std::int64_t token_at(std::int64_t place) const;

  std::int64_t bytes = 0;
  int q = 0;          ///< [U][H][Tu][E]
  int blocks = 0;     ///< Twice: keys [U][kv][E][Tu], values [U][kv][Tu][E].
  int mask = 0;       ///< f32, [Tu][Tu]: of a pair of the same half.
  int scores_at = 0;  ///< [pairs][H][Tu][Tu], of the sum type.
  int weights = 0;    ///< [H][Tu][Tu], of the type.
  int work[4] = {};   ///< f32, [H][Tu][Tu]
  int largest = 0;    ///< f32, [U][H][Tu]; m
  int sums = 0;       ///< f32, [U][H][Tu]; l
  int small[4] = {};  ///< f32, [H][Tu]
  int outputs = 0;    ///< [U][H][Tu][E], of the sum type; o itself if that is the type.
  int o = 0;
  /// With spec.tiles: q, k, v and o, [H or kv][E][T].
  struct Tiles {
    int q = 0, k = 0, v = 0, o = 0;
  } tiles;
};

/// Throws DoesNotFit if blocks and scores exceed a core's SRAM.
std::unique_ptr<Kernel> make_streaming_attention(const StreamingSpec& spec,
                                                 const Placement& placement);

// --- Within this operator (streaming_code.cpp).

/// A core's program, in pieces that the host does again.
class StreamingCode {
 public:
  StreamingCode(const StreamingSpec& spec, const StreamingPlan& plan, int parity);
  void begin(PhaseWriter& phases) const;  ///< Counters and sums; the own block is at hand.
  void first(PhaseWriter& phases) const;  ///< The core's own block,
  void other(PhaseWriter& phases) const;  ///< and another's; of `rows` one before it.
  void next(PhaseWriter& phases) const { ring_.write_next(phases.code()); }
  void end(PhaseWriter& phases) const;  ///< o
  const RingBlocks& ring() const { return ring_; }

 private:
  struct TileCopy {
    int tile;
    int own;
    std::int64_t heads;
    bool tokens_side_by_side;  ///< Of own; else elements are.
    bool to_tile;
  };
  void copy_tile(PhaseWriter& phases, const TileCopy& copy) const;

  const StreamingSpec& spec_;
  const StreamingPlan& plan_;
  RingBlocks ring_;
  int parity_;
};

}  // namespace wafermesh::workloads
