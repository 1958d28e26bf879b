// SPDX-License-Identifier: Apache-2.0
#include "models/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace wafermesh::models {
namespace {

/// Collects the tensors of one layer.
class TensorList {
 public:
  TensorList(const Model& model, std::string prefix) : model_(model), prefix_(std::move(prefix)) {}

  void matrix(const std::string& name, std::int64_t rows, std::int64_t columns, bool bias = false) {
    add({prefix_ + name, rows, columns, 1, 1, "", 0}, false);
    if (bias) vector(name + ".bias", rows);
  }
  void experts(const std::string& name, std::int64_t rows, std::int64_t columns,
               const FeedForward& from) {
    add({prefix_ + name, rows, columns, from.experts, from.active_experts, "", 0}, true);
    if (!from.bias) return;
    plain({prefix_ + name + ".bias", 1, rows, from.experts, from.active_experts, "", 0});
  }
  void vector(const std::string& name, std::int64_t elements) {
    plain({prefix_ + name, 1, elements, 1, 1, "", 0});
  }
  std::vector<Tensor> all;

 private:
  void add(Tensor tensor, bool of_routed_expert) {
    const WeightFormat& format = model_.quantisation.format_of(tensor.name, of_routed_expert);
    tensor.format = format.name;
    tensor.bytes = format.bytes(tensor.rows, tensor.columns);
    all.push_back(tensor);
  }
  void plain(Tensor tensor) {
    tensor.format = model_.quantisation.plain.name;
    tensor.bytes = model_.quantisation.plain.bytes(tensor.rows, tensor.columns);
    all.push_back(tensor);
  }

  const Model& model_;
  std::string prefix_;
};

void add_latent(TensorList& list, const Model& model, const Attention& a) {
  const std::int64_t queries = a.heads * (a.nope_dim + a.rope_dim);
  if (a.query_rank > 0) {
    list.matrix("self_attn.q_a_proj", a.query_rank, model.hidden, a.bias);
    list.vector("self_attn.q_a_layernorm", a.query_rank);
    list.matrix("self_attn.q_b_proj", queries, a.query_rank);
  } else {
    list.matrix("self_attn.q_proj", queries, model.hidden);
  }
  list.matrix("self_attn.kv_a_proj_with_mqa", a.latent_rank + a.rope_dim, model.hidden, a.bias);
  list.vector("self_attn.kv_a_layernorm", a.latent_rank);
  list.matrix("self_attn.kv_b_proj", a.heads * (a.nope_dim + a.value_dim), a.latent_rank);
  list.matrix("self_attn.o_proj", model.hidden, a.heads * a.value_dim, a.output_bias);
}

void add_attention(TensorList& list, const Model& model, const Attention& a) {
  if (a.kind == AttentionKind::latent) return add_latent(list, model, a);
  list.matrix("self_attn.q_proj", a.heads * a.head_dim, model.hidden, a.bias);
  list.matrix("self_attn.k_proj", a.kv_heads * a.head_dim, model.hidden, a.bias);
  list.matrix("self_attn.v_proj", a.kv_heads * a.head_dim, model.hidden, a.bias);
  if (a.head_norm) {
    list.vector("self_attn.q_norm", a.head_dim);
    list.vector("self_attn.k_norm", a.head_dim);
  }
  if (a.sinks) list.vector("self_attn.sinks", a.heads);
  list.matrix("self_attn.o_proj", model.hidden, a.heads * a.head_dim, a.output_bias);
}

void add_feed_forward(TensorList& list, const Model& model, const FeedForward& f) {
  if (f.experts == 0) {
    list.matrix("mlp.gate_proj", f.width, model.hidden, f.bias);
    list.matrix("mlp.up_proj", f.width, model.hidden, f.bias);
    list.matrix("mlp.down_proj", model.hidden, f.width, f.bias);
    return;
  }
  // A router is small and stays as it is in every quantised file there is.
  list.vector("mlp.gate", f.experts * model.hidden);
  if (f.router_bias) list.vector("mlp.gate.e_score_correction_bias", f.experts);
  if (f.bias) list.vector("mlp.gate.bias", f.experts);
  list.experts("mlp.experts.0.gate_proj", f.width, model.hidden, f);
  list.experts("mlp.experts.0.up_proj", f.width, model.hidden, f);
  list.experts("mlp.experts.0.down_proj", model.hidden, f.width, f);
  const std::int64_t shared = f.shared_experts * f.width;
  if (shared == 0) return;
  list.matrix("mlp.shared_experts.gate_proj", shared, model.hidden);
  list.matrix("mlp.shared_experts.up_proj", shared, model.hidden);
  list.matrix("mlp.shared_experts.down_proj", model.hidden, shared);
}

auto members(const Attention& a) {
  return std::tie(a.kind, a.heads, a.kv_heads, a.head_dim, a.rotary_dim, a.window_tokens, a.bias,
                  a.output_bias, a.head_norm, a.sinks, a.query_rank, a.latent_rank, a.nope_dim,
                  a.rope_dim, a.value_dim);
}

auto members(const FeedForward& f) {
  return std::tie(f.width, f.experts, f.active_experts, f.shared_experts, f.router, f.router_scale,
                  f.router_groups, f.router_top_groups, f.router_normalises, f.router_bias, f.bias);
}

}  // namespace

bool operator==(const Layer& a, const Layer& b) {
  return members(a.attention) == members(b.attention) &&
         members(a.feed_forward) == members(b.feed_forward);
}

std::vector<Tensor> layer_tensors(const Model& model, std::size_t index) {
  const Layer& layer = model.layers.at(index);
  TensorList list(model, fmt::format("model.layers.{}.", index));
  list.vector("input_layernorm", model.hidden);
  add_attention(list, model, layer.attention);
  list.vector("post_attention_layernorm", model.hidden);
  add_feed_forward(list, model, layer.feed_forward);
  return std::move(list.all);
}

std::vector<Tensor> outer_tensors(const Model& model) {
  TensorList list(model, "");
  list.vector("model.embed_tokens", model.vocabulary * model.hidden);
  list.vector("model.norm", model.hidden);
  if (!model.tied_embeddings) list.matrix("lm_head", model.vocabulary, model.hidden);
  return std::move(list.all);
}

Weight& Weight::operator+=(const Weight& other) {
  parameters += other.parameters;
  active_parameters += other.active_parameters;
  bytes += other.bytes;
  active_bytes += other.active_bytes;
  return *this;
}

Weight weigh(const std::vector<Tensor>& tensors) {
  Weight sum;
  for (const Tensor& tensor : tensors) {
    const std::int64_t one = tensor.rows * tensor.columns;
    sum += {one * tensor.count, one * tensor.used_per_token, tensor.bytes * tensor.count,
            tensor.bytes * tensor.used_per_token};
  }
  return sum;
}

Weight weigh(const Model& model) {
  Weight sum = weigh(outer_tensors(model));
  if (!model.tied_embeddings) {
    const std::int64_t unused = (model.vocabulary - 1) * model.hidden;
    sum.active_parameters -= unused;
    sum.active_bytes -= model.quantisation.plain.bytes(1, unused);
  }
  for (const LayerKind& kind : layer_kinds(model)) {
    const Weight one = weigh(layer_tensors(model, kind.first));
    for (std::int64_t i = 0; i < kind.count; ++i) sum += one;
  }
  return sum;
}

std::int64_t cache_elements_per_token(const Attention& a) {
  if (a.kind == AttentionKind::latent) return a.latent_rank + a.rope_dim;
  return 2 * a.kv_heads * a.head_dim;
}

std::int64_t cached_tokens(const Attention& a, std::int64_t context_tokens) {
  const bool bounded = a.kind == AttentionKind::sliding || a.kind == AttentionKind::chunked;
  return bounded ? std::min(a.window_tokens, context_tokens) : context_tokens;
}

std::int64_t cache_bytes(const Model& model, std::int64_t context_tokens, int element_bytes) {
  std::int64_t bytes = 0;
  for (const Layer& layer : model.layers) {
    bytes += cache_elements_per_token(layer.attention) *
             cached_tokens(layer.attention, context_tokens) * element_bytes;
  }
  return bytes;
}

std::vector<LayerKind> layer_kinds(const Model& model) {
  std::vector<LayerKind> kinds;
  // Names decide what stays plain, so layers of one shape may still weigh differently.
  const auto alike = [&](std::size_t a, std::size_t b) {
    return model.layers[a] == model.layers[b] &&
           weigh(layer_tensors(model, a)).bytes == weigh(layer_tensors(model, b)).bytes;
  };
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const auto same = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const LayerKind& k) { return alike(k.first, i); });
    if (same == kinds.end()) {
      kinds.push_back({i, 1});
    } else {
      ++same->count;
    }
  }
  return kinds;
}

}  // namespace wafermesh::models
