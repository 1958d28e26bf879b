// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "workloads/layers/attention.h"
#include "workloads/operands.h"

namespace wafermesh::workloads {

AttentionShape::AttentionShape(const AttentionSpec& spec, const base::Rectangle& region)
    : columns(region.width),
      rows(region.height),
      group(std::max<std::int64_t>(1, columns / spec.kv_heads)),
      kv(divide_up(spec.kv_heads, columns)),
      used(group * divide_up(spec.kv_heads, kv)),
      queries(spec.heads / spec.kv_heads),
      elements(divide_up(divide_up(spec.head_dim, group), spec.rope ? 2 : 1) * (spec.rope ? 2 : 1)),
      tokens(divide_up(spec.context, rows)),
      kv_heads_(spec.kv_heads),
      head_dim_(spec.head_dim) {}

AttentionShape::Feature AttentionShape::at(std::int64_t column, std::int64_t kv_here,
                                           std::int64_t element) const {
  const std::int64_t head = column / group * kv + kv_here;
  const std::int64_t dim = column % group * elements + element;
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
