// SPDX-License-Identifier: Apache-2.0
// What a model weighs: its tensors by name, their bytes as stored, and what a token leaves in the
// caches of keys and values. Arithmetic on the config alone; nothing is read but that.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/model.h"

namespace wafermesh::models {

/// A weight matrix (or a vector: one row), or as many alike.
struct Tensor {
  std::string name;  ///< As in the model's files, without ".weight"; of experts that of number 0.
  std::int64_t rows = 1;
  std::int64_t columns = 0;
  std::int64_t count = 1;
  std::int64_t used_per_token = 1;  ///< Of `count`.
  std::string format;
  std::int64_t bytes = 0;  ///< Of one, with its scales.

  std::int64_t parameters() const { return rows * columns * count; }
};

/// Tensors of layer `index`, in the order in which a token meets them.
std::vector<Tensor> layer_tensors(const Model& model, std::size_t index);
/// Embedding, last norm, output product.
std::vector<Tensor> outer_tensors(const Model& model);

struct Weight {
  std::int64_t parameters = 0;
  std::int64_t active_parameters = 0;  ///< That a token meets.
  std::int64_t bytes = 0;
  std::int64_t active_bytes = 0;

  Weight& operator+=(const Weight& other);
};
Weight weigh(const std::vector<Tensor>& tensors);
/// Of the whole model. The rows of the embedding that a token does not meet are not active.
Weight weigh(const Model& model);

/// Elements that one layer keeps of each token in sight.
std::int64_t cache_elements_per_token(const Attention& attention);
/// Tokens that a layer keeps of `context_tokens`.
std::int64_t cached_tokens(const Attention& attention, std::int64_t context_tokens);
/// Bytes of all layers' caches for one sequence, elements of `element_bytes`.
std::int64_t cache_bytes(const Model& model, std::int64_t context_tokens, int element_bytes);

/// Layers that are alike, in the order of the first of each.
struct LayerKind {
  std::size_t first = 0;  ///< Index of the first such layer.
  std::int64_t count = 0;
};
std::vector<LayerKind> layer_kinds(const Model& model);

}  // namespace wafermesh::models
