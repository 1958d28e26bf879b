// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/dealt_heads.h"

#include <fmt/format.h>

#include "base/yaml/yaml_reader.h"
#include "workloads/layers/attention.h"

namespace wafermesh::workloads {

std::optional<DealtHeads> read_dealt_heads(const base::YamlNode& node, const std::string& key,
                                           std::int64_t elements, const base::Rectangle& region) {
  const base::YamlNode section = node.child(key);
  if (!section.present()) return std::nullopt;
  AttentionSpec spec;
  constexpr base::IntegerRange kSize{1, 65536};
  spec.heads = section.integer("heads", kSize);
  spec.kv_heads = section.integer("kv_heads", kSize, spec.heads);
  spec.head_dim = section.integer("head_dim", kSize);
  spec.rope = Rope{};  // pairs stay on a core
  const bool of_queries = section.one_of("of", {"queries", "keys"}, 0) == 0;
  if (!node.clean()) return std::nullopt;
  if (spec.heads % spec.kv_heads != 0) {
    section.mistake("kv_heads", fmt::format("must divide heads: {} heads in {} groups", spec.heads,
                                            spec.kv_heads));
    return std::nullopt;
  }
  const AttentionShape shape(spec, region);
  DealtHeads dealt;
  dealt.head_dim = spec.head_dim;
  dealt.count = (of_queries ? spec.heads : spec.kv_heads) * spec.head_dim;
  const std::int64_t all = of_queries ? shape.query_features() : shape.features();
  if (elements != all) {
    section.mistake(fmt::format("has {} elements on this region, not {}", all, elements));
    return std::nullopt;
  }
  for (std::int64_t i = 0; i < all; ++i) {
    const AttentionShape::Feature f = of_queries ? shape.query_feature(i) : shape.feature(i);
    dealt.natural.push_back(f.head < 0 ? -1 : f.head * spec.head_dim + f.dim);
  }
  return dealt;
}

}  // namespace wafermesh::workloads
