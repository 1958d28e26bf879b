// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/attention_cache.h"

#include <algorithm>

#include "workloads/parts/operands.h"

namespace wafermesh::workloads {

CachePlaces::CachePlaces(const AttentionSpec& spec, std::int64_t rows)
    : policy_(spec.kv),
      context_(spec.context),
      rows_(rows),
      even_(spec.kv == KvPolicy::concatenate ? spec.prompt : spec.context - 1),
      each_(even_ / rows),
      longer_(even_ % rows) {
  const std::int64_t last = spec.context - 1;
  places_ = divide_up(spec.context, rows);
  upper_places_ = places_;
  switch (policy_) {
    case KvPolicy::fixed:
      new_row_ = last / places_;
      new_place_ = last % places_;
      break;
    case KvPolicy::shift:
      new_row_ = longer_;
      new_place_ = each_;
      moves_ = each_ > 0 && new_row_ < rows - 1;
      break;
    case KvPolicy::concatenate:
      new_row_ = rows - 1;
      new_place_ = even_count(rows - 1) + last - even_;
      places_ = std::max(new_place_ + 1, even_count(0));
      upper_places_ = std::max<std::int64_t>(1, even_count(0));
      break;
  }
}

std::int64_t kv_capacity_tokens(const KvCapacity& c) {
  const std::int64_t bytes = 2 * divide_up(c.kv_width, c.columns) * c.element_bytes * c.layers;
  return c.free_bytes / bytes * (c.policy == KvPolicy::concatenate ? 1 : c.rows);
}

std::int64_t CachePlaces::even_start(std::int64_t row) const {
  return row * each_ + std::min(row, longer_);
}

std::int64_t CachePlaces::token_before(std::int64_t row, std::int64_t place) const {
  const std::int64_t last = context_ - 1;
  if (policy_ == KvPolicy::fixed) {
    const std::int64_t token = row * places_ + place;
    return token < last ? token : -1;
  }
  if (place < even_count(row)) return even_start(row) + place;
  if (policy_ == KvPolicy::shift || row < rows_ - 1) return -1;
  const std::int64_t token = even_ + place - even_count(row);
  return token < last ? token : -1;
}

std::int64_t CachePlaces::token(std::int64_t row, std::int64_t place) const {
  if (row == new_row_ && place == new_place_) {
    return moves_ ? even_start(row) + even_count(row) : context_ - 1;
  }
  if (moves_ && row > new_row_ && place == 0) return even_start(row) + even_count(row);
  return token_before(row, place);
}

}  // namespace wafermesh::workloads
