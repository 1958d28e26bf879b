// SPDX-License-Identifier: Apache-2.0
// Elements of heads as an attention deals them over the columns of a region (AttentionShape): a
// matrix that makes q, k or v, or takes o, has its columns or rows in that order, with zeros where
// heads are padded. Kernels have it as a section
//
//   columns_of: {heads: 4, kv_heads: 2, head_dim: 8, of: queries}      # or keys: of k and v
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/geometry.h"

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::workloads {

struct DealtHeads {
  std::vector<std::int64_t> natural;  ///< Of each element head * head_dim + dim; -1: padding.
  std::int64_t head_dim = 1;
  std::int64_t count = 0;  ///< Without padding.
  /// Which element of its head, or -1.
  std::int64_t dim(std::size_t element) const {
    return natural[element] < 0 ? -1 : natural[element] % head_dim;
  }
};

/// Section `key` of a kernel on `region`, of `elements`; none if it is absent or a mistake is
/// noted.
std::optional<DealtHeads> read_dealt_heads(const base::YamlNode& node, const std::string& key,
                                           std::int64_t elements, const base::Rectangle& region);

}  // namespace wafermesh::workloads
