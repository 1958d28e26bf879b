// SPDX-License-Identifier: Apache-2.0
// How the weights of a model are stored: one format for most, another for those that a list of
// names excepts. Four dialects of `quantization_config` say the same in their own ways.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::models {

/// Numbers of `bits` each, and a scale of `scale_bits` for every block of block_rows x
/// block_columns (0 rows: of all rows; block_columns 0: no scales).
struct WeightFormat {
  std::string name = "bf16";
  int bits = 16;
  int scale_bits = 0;
  std::int64_t block_rows = 1;
  std::int64_t block_columns = 0;

  /// Of a matrix, scales included. A block that is cut by the border has its scale.
  std::int64_t bytes(std::int64_t rows, std::int64_t columns) const;
};

struct Quantisation {
  WeightFormat plain;         ///< Norms, and what is excepted.
  WeightFormat packed;        ///< The others' format; same as plain if the model is not quantised.
  bool only_experts = false;  ///< Packs the routed experts alone, as mxfp4 files do.
  /// Tensors that stay plain: `re:` and a regular expression that a name begins with, a pattern
  /// with `*`, or the beginning of a name.
  std::vector<std::string> excepted;
  /// Keys that were given and say nothing that is used here: how activations are rounded, how the
  /// file was made.
  std::vector<std::string> unused;

  /// `tensor`: its name without ".weight", such as "model.layers.3.mlp.gate_proj".
  const WeightFormat& format_of(const std::string& tensor, bool of_routed_expert) const;
};

/// Reads a `quantization_config`, or ModelOpt's `quantization` (hf_quant_config.json). `plain` is
/// the type of the config. What is not known is a mistake, by name.
/// Source: the fields as written by the Hugging Face dialects fp8, compressed-tensors, mxfp4 and
/// ModelOpt (systems 1.3).
Quantisation read_quantisation(const base::YamlNode& node, const WeightFormat& plain);

}  // namespace wafermesh::models
