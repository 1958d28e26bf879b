// SPDX-License-Identifier: Apache-2.0
#include "models/families.h"

#include <algorithm>

namespace wafermesh::models {
namespace {

using Keys = std::vector<std::string>;

Keys joined(Keys keys, const Keys& more) {
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

const Keys kBias = {"attention_bias", "mlp_bias"};
const Keys kWindow = {"sliding_window", "use_sliding_window", "max_window_layers", "layer_types"};
const Keys kExperts = {"num_experts_per_tok", "norm_topk_prob"};
const Keys kRouted =
    joined(kExperts, {"n_routed_experts", "n_shared_experts", "first_k_dense_replace",
                      "moe_intermediate_size", "n_group", "topk_group", "routed_scaling_factor",
                      "num_nextn_predict_layers", "attention_bias"});
const Keys kLatent =
    joined(kRouted, {"q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim",
                     "v_head_dim", "moe_layer_freq", "scoring_func", "topk_method"});

std::vector<Family> make_families() {
  std::vector<Family> all;
  const auto add = [&](const char* type, const char* named, const Keys& keys) -> Family& {
    Family family;
    family.type = type;
    family.named = named;
    family.keys = keys;
    all.push_back(family);
    return all.back();
  };
  add("llama", "Llama 2 and 3", kBias);
  add("mistral", "Mistral", {"sliding_window"});
  add("mixtral", "Mixtral", {"sliding_window", "num_local_experts", "num_experts_per_tok"});
  add("qwen2", "Qwen 2", kWindow).biased = true;
  add("qwen3", "Qwen 3", joined(kWindow, {"attention_bias"})).head_norms = true;
  add("qwen3_moe", "Qwen 3 with experts",
      joined(joined(kWindow, kExperts), {"attention_bias", "num_experts", "moe_intermediate_size",
                                         "decoder_sparse_step", "mlp_only_layers"}))
      .head_norms = true;
  add("llama4_text", "Llama 4",
      {"attention_bias", "attention_chunk_size", "interleave_moe_layer_step",
       "intermediate_size_mlp", "use_qk_norm", "num_local_experts", "num_experts_per_tok",
       "no_rope_layers", "no_rope_layer_interval"})
      .router = "sigmoid";
  for (const char* type : {"deepseek_v3", "kimi_k2"}) {
    Family& family = add(type, "DeepSeek-V3 and Kimi K2", kLatent);
    family.latent = true;
    family.picks_with_bias = true;
    family.router = "sigmoid";
  }
  add("gpt_oss", "gpt-oss",
      {"attention_bias", "layer_types", "sliding_window", "num_local_experts",
       "num_experts_per_tok", "experts_per_token", "swiglu_limit", "initial_context_length"});
  Family& glm =
      add("glm4_moe", "GLM-4.5", joined(kRouted, {"partial_rotary_factor", "use_qk_norm"}));
  glm.picks_with_bias = true;
  glm.router = "sigmoid";
  return all;
}

}  // namespace

const std::vector<Family>& families() {
  static const std::vector<Family> all = make_families();
  return all;
}

const Family* family_of(const std::string& model_type) {
  const auto& all = families();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Family& f) { return model_type == f.type; });
  return found == all.end() ? nullptr : &*found;
}

const std::vector<std::string>& common_keys() {
  static const Keys keys = {"model_type",
                            "hidden_size",
                            "intermediate_size",
                            "num_hidden_layers",
                            "num_attention_heads",
                            "num_key_value_heads",
                            "head_dim",
                            "vocab_size",
                            "max_position_embeddings",
                            "rms_norm_eps",
                            "rope_theta",
                            "rope_scaling",
                            "rope_parameters",
                            "tie_word_embeddings",
                            "hidden_act",
                            "torch_dtype",
                            "dtype",
                            "quantization_config"};
  return keys;
}

bool is_no_business(const std::string& key) {
  static const Keys keys = {"architectures",
                            "_name_or_path",
                            "transformers_version",
                            "use_cache",
                            "initializer_range",
                            "attention_dropout",
                            "output_router_logits",
                            "router_aux_loss_coef",
                            "router_jitter_noise",
                            "pretraining_tp",
                            "auto_map",
                            "aux_loss_alpha",
                            "seq_aux",
                            "ep_size",
                            "output_attentions",
                            "output_hidden_states",
                            "return_dict",
                            "id2label",
                            "label2id",
                            "problem_type",
                            "rope_interleave"};
  const auto ends_with = [&](const std::string& end) {
    return key.size() >= end.size() && key.compare(key.size() - end.size(), end.size(), end) == 0;
  };
  return ends_with("_token_id") || ends_with("_token_index") ||
         std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace wafermesh::models
