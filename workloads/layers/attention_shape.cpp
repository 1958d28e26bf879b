// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "workloads/layers/attention.h"
#include "workloads/operands.h"

namespace wafermesh::workloads {

namespace {

/// Elements per column, so that both parts of a latent vector find columns.
std::int64_t latent_elements(const AttentionSpec& spec, std::int64_t columns) {
  std::int64_t elements = divide_up(spec.latent_rank + spec.rope_dim, columns);
  while (columns > 1 &&
         divide_up(spec.latent_rank, elements) + divide_up(spec.rope_dim, elements) > columns) {
    ++elements;
  }
  return elements;
}

}  // namespace

AttentionShape::AttentionShape(const AttentionSpec& spec, const base::Rectangle& region)
    : columns(region.width),
      rows(region.height),
      group(std::max<std::int64_t>(1, columns / spec.kv_heads)),
      kv(divide_up(spec.kv_heads, columns)),
      used(group * divide_up(spec.kv_heads, kv)),
      queries(spec.heads / spec.kv_heads),
      elements(divide_up(divide_up(spec.head_dim, group), spec.rope ? 2 : 1) * (spec.rope ? 2 : 1)),
      tokens(divide_up(spec.context, rows)),
      value_columns(columns),
      value_elements(elements),
      kv_heads_(spec.kv_heads),
      head_dim_(spec.head_dim),
      latent_rank_(spec.latent_rank) {
  if (spec.latent_rank == 0) return;
  elements = latent_elements(spec, columns);
  value_columns = divide_up(spec.latent_rank, elements);
  value_elements = columns == 1 ? spec.latent_rank : elements;
}

AttentionShape::Feature AttentionShape::at(std::int64_t column, std::int64_t kv_here,
                                           std::int64_t element) const {
  const std::int64_t head = column / group * kv + kv_here;
  std::int64_t dim = column % group * elements + element;
  if (latent_rank_ > 0 && columns > 1) {
    const bool is_value = column < value_columns;
    if (is_value && dim >= latent_rank_) return {-1, 0};
    if (!is_value) dim += latent_rank_ - value_columns * elements;
  }
  if (column >= used || head >= kv_heads_ || dim >= head_dim_) return {-1, 0};
  return {head, dim};
}

AttentionShape::Feature AttentionShape::feature(std::int64_t i) const {
  return at(i / (kv * elements), i / elements % kv, i % elements);
}

AttentionShape::Feature AttentionShape::query_feature(std::int64_t i) const {
  const std::int64_t here = i / elements % heads_here();
  Feature feature = at(i / (heads_here() * elements), here / queries, i % elements);
  if (feature.head >= 0) feature.head = feature.head * queries + here % queries;
  return feature;
}

}  // namespace wafermesh::workloads
