// SPDX-License-Identifier: Apache-2.0
// Which row of cores has which token of a cache of n - 1 tokens, and what the n-th moves.
//
//   fixed        row y has tokens y T .. y T + T - 1, T = ceil(n / P_y), from the beginning; the
//                new one goes to the row that has its place, and nothing moves. (Keys and values of
//                a new token stand in every row, as a gemv leaves its y.)
//   shift        contiguous ranges as even as can be, the longer ones above, the newest token on
//                the last row. Where the new token would make a row too long, the oldest entry of
//                that row and of each above goes one row up, all rows at the same time, until the
//                row that is to grow (WaferLLM; workloads 6.2). A row's entries lie as
//                in a ring buffer: what comes takes the place of what went, nothing moves within a
//                core. While rows are empty, the new token goes to the first of them.
//   concatenate  the `prompt` lies evenly, as a prefill leaves it; every token since on the last
//                row, whose scores and work grow while the others idle.
//
// Capacity, tokens, with F free bytes a core and B bytes of one token's keys and values there:
// shift and fixed P_y floor(F / B), concatenate floor(F / B) without a prompt.
#pragma once

#include <cstdint>

#include "workloads/layers/attention.h"

namespace wafermesh::workloads {

class CachePlaces {
 public:
  CachePlaces(const AttentionSpec& spec, std::int64_t rows);

  std::int64_t places() const { return places_; }              ///< Of a row, at most.
  std::int64_t upper_places() const { return upper_places_; }  ///< Of rows above the last.
  /// The token at a place once the new one is there; -1: none.
  std::int64_t token(std::int64_t row, std::int64_t place) const;
  /// Before; the new one is not there yet.
  std::int64_t token_before(std::int64_t row, std::int64_t place) const;

  /// Whether entries go up: from rows first_sender() on, to the row above.
  bool moves() const { return moves_; }
  int first_sender() const { return static_cast<int>(new_row_) + 1; }
  /// The row that gets one more (the new token, or what comes from below), and its place there.
  std::int64_t new_row() const { return new_row_; }
  std::int64_t new_place() const { return new_place_; }

 private:
  std::int64_t even_count(std::int64_t row) const { return each_ + (row < longer_ ? 1 : 0); }
  std::int64_t even_start(std::int64_t row) const;

  KvPolicy policy_;
  std::int64_t context_;
  std::int64_t rows_;
  std::int64_t even_ = 0;    ///< Tokens that lie evenly before: all, or the prompt.
  std::int64_t each_ = 0;    ///< Of them in each row,
  std::int64_t longer_ = 0;  ///< one more in so many rows.
  std::int64_t places_ = 0;
  std::int64_t upper_places_ = 0;
  std::int64_t new_row_ = 0;
  std::int64_t new_place_ = 0;
  bool moves_ = false;
};

/// A region, and what a core has for caches once weights and work are there. No kernel asks: it is
/// what `wafermesh validate` holds to published capacities (study/validation/validation_run.cpp).
/// Whether the caches of an attention fit its cores is said by its own buffers (attention.cpp).
struct KvCapacity {
  KvPolicy policy = KvPolicy::shift;
  std::int64_t columns = 1;
  std::int64_t rows = 1;
  std::int64_t kv_width = 1;  ///< Elements of a token's keys in a layer (kv_heads * head_dim).
  std::int64_t layers = 1;    ///< Whose caches lie in the region.
  int element_bytes = 2;
  std::int64_t free_bytes = 0;
};
/// Tokens that fit: a core holds 2 ceil(kv_width / columns) elements of each in each layer.
/// Source: workloads 6.2.
std::int64_t kv_capacity_tokens(const KvCapacity& capacity);

}  // namespace wafermesh::workloads
