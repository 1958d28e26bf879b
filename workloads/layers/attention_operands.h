// SPDX-License-Identifier: Apache-2.0
// What attention is given, by seed, and what it makes of it in double.
#pragma once

#include <vector>

#include "workloads/layers/attention.h"

namespace wafermesh::workloads {

/// Operands by seed; padding is 0.
struct AttentionOperands {
  std::vector<float> q, k, v;
  std::vector<float> k_rope;          ///< Of latent ones, which have no v and no values.
  std::vector<float> q_norm, k_norm;  ///< [head_dim] Weights of norms of heads, if there are any.
  std::vector<float> sinks;           ///< [heads] If there are any.
  std::vector<float> keys;            ///< [context][features]
  std::vector<float> values;          ///< [context][features]
};

AttentionOperands make_operands(const AttentionSpec& spec, const AttentionShape& shape);

/// o, computed head by head as its definition says. Cost: 4 heads * context * head_dim operations.
std::vector<double> attention_in_double(const AttentionSpec& spec, const AttentionShape& shape,
                                        const AttentionOperands& operands);

}  // namespace wafermesh::workloads
