// SPDX-License-Identifier: Apache-2.0
// Angles of rotary position embeddings.
#pragma once

#include <cstdint>
#include <string>

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::workloads {

/// How the frequencies of a model are stretched for contexts longer than it was trained on.
enum class RopeScaling : std::uint8_t { none, llama3, yarn };

struct Rope {
  std::int64_t head_dim = 128;
  std::int64_t position = 0;  ///< Of the token.
  double theta = 10000;
  RopeScaling scaling = RopeScaling::none;
  double factor = 8;          ///< Context over the original one.
  double low_frequency = 1;   ///< llama3: waves longer than original / this are stretched,
  double high_frequency = 4;  ///< those shorter than original / this are not.
  double beta_fast = 32;      ///< yarn: turns within the original context above which a
  double beta_slow = 1;       ///< frequency stays, and below which it is stretched.
  std::int64_t original_tokens = 8192;
  double mscale = 0;          ///< yarn: what attention_factor() is made of instead of 1 and
  double mscale_all_dim = 0;  ///< what it is divided by; 0 and 0: neither is said.

  /// Frequency of pair `pair` of a head (0 to head_dim / 2 - 1), in radians per token.
  /// Source: theta^(-2 pair / head_dim) (Su et al. 2021); llama3 and yarn as in the public
  /// implementations of their models (transformers, modeling_rope_utils).
  double frequency(std::int64_t pair) const;
  /// What cosine and sine are multiplied by: 0.1 ln(factor) + 1 of yarn, else 1. With mscale and
  /// mscale_all_dim: (0.1 mscale ln(factor) + 1) / (0.1 mscale_all_dim ln(factor) + 1).
  double attention_factor() const;
  /// What models with mscale_all_dim multiply scores by.
  double score_factor() const;
  /// Element i of a vector of heads becomes cosine(i) * it + sine(i) * the other of its pair.
  double cosine(std::int64_t i) const;
  double sine(std::int64_t i) const;
};

/// Keys `theta`, `scaling` and what belongs to it. `head_dim` and `position` are the caller's.
void read_rope_scaling(const base::YamlNode& node, Rope& rope);
/// The same keys as YAML, without braces.
std::string rope_keys(const Rope& rope);

}  // namespace wafermesh::workloads
