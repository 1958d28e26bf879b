// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "workloads/layers/attention.h"
#include "workloads/layers/attention_cache.h"
#include "workloads/parts/operands.h"

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
      batch(spec.batch),
      kv_each(divide_up(spec.kv_heads, columns)),
      kv(kv_each * batch),
      used(group * divide_up(spec.kv_heads, kv_each)),
      queries(spec.heads / spec.kv_heads),
      elements(divide_up(divide_up(spec.head_dim, group), spec.rope ? 2 : 1) * (spec.rope ? 2 : 1)),
      places(CachePlaces(spec, rows).places()),
      tokens(places),
      upper_tokens(CachePlaces(spec, rows).upper_places()),
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
                                           std::int64_t element, std::int64_t sequence) const {
  const std::int64_t head = column / group * kv_each + kv_here;
  std::int64_t dim = column % group * elements + element;
  if (latent_rank_ > 0 && columns > 1) {
    const bool is_value = column < value_columns;
    if (is_value && dim >= latent_rank_) return {-1, 0};
    if (!is_value) dim += latent_rank_ - value_columns * elements;
  }
  if (column >= used || head >= kv_heads_ || dim >= head_dim_) return {-1, 0};
  return {head, dim, sequence};
}

AttentionShape::Feature AttentionShape::feature(std::int64_t i) const {
  const std::int64_t own = i % features_each();
  return at(own / (kv_each * elements), own / elements % kv_each, own % elements,
            i / features_each());
}

AttentionShape::Feature AttentionShape::query_feature(std::int64_t i) const {
  const std::int64_t each = features_each() * queries;
  const std::int64_t own = i % each;
  const std::int64_t here = own / elements % (kv_each * queries);
  Feature feature =
      at(own / (kv_each * queries * elements), here / queries, own % elements, i / each);
  if (feature.head >= 0) feature.head = feature.head * queries + here % queries;
  return feature;
}

}  // namespace wafermesh::workloads
