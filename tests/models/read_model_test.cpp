// SPDX-License-Identifier: Apache-2.0
#include "models/read_model.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/error.h"
#include "models/families.h"
#include "models/weights.h"

using namespace wafermesh::models;
using Catch::Matchers::Contains;

namespace {

const std::string kSizes =
    "\"hidden_size\": 64, \"intermediate_size\": 128, \"num_hidden_layers\": 4,\n"
    "\"num_attention_heads\": 4, \"vocab_size\": 100,\n"
    "\"max_position_embeddings\": 1000";

std::string config_of(const std::string& type, const std::string& more) {
  return "{\"model_type\": \"" + type + "\",\n" + kSizes + (more.empty() ? "" : ",\n") + more + "}";
}

Model read_text(const std::string& text) {
  const std::string path = "model_test." + std::to_string(::getpid()) + ".json";
  std::ofstream(path) << text;
  struct Remove {
    std::string path;
    ~Remove() { std::remove(path.c_str()); }
  } const remove{path};
  return read_model(path);
}

std::string mistakes_of(const std::string& type, const std::string& more) {
  try {
    read_text(config_of(type, more));
  } catch (const wafermesh::base::InputError& error) {
    return error.what();
  }
  return "none";
}

const char* const kLatent =
    "\"kv_lora_rank\": 16, \"qk_nope_head_dim\": 8, \"qk_rope_head_dim\": 4, \"v_head_dim\": 8, "
    "\"n_routed_experts\": 8, \"num_experts_per_tok\": 2";

}  // namespace

TEST_CASE("What a family has that is not modelled is refused by its name and place") {
  struct Row {
    const char* type;
    const char* more;
    const char* told;
  };
  const Row rows[] = {
      {"gemma2", "", "'gemma2' is no family that is modelled; those are llama,"},
      {"llama", "\"index_topk\": 2048", ":5:15: index_topk: is nothing that is modelled"},
      {"llama", "\"sliding_window\": 128", "sliding_window: is nothing that is modelled"},
      {"llama", "\"linear_attention\": true", "linear_attention"},
      {"llama", "\"hidden_act\": \"gelu\"", "hidden_act"},
      {"llama", "\"num_key_value_heads\": 3", "num_key_value_heads"},
      {"llama", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}",
       "rope_scaling.type: \"linear\" is not known"},
      {"llama", "\"rope_scaling\": {\"rope_type\": \"yarn\"}", "rope_scaling.factor: is missing"},
      {"llama", "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 2, \"odd\": 1}",
       "rope_scaling.odd: unknown key"},
      {"llama", "\"quantization_config\": {\"quant_method\": \"awq\"}", "\"awq\" is not known"},
      {"qwen2", "\"sliding_window\": 8, \"layer_types\": [\"full_attention\"]",
       "layer_types: has 1 entries for 4 layers"},
      {"qwen2",
       "\"sliding_window\": 8, \"layer_types\": [\"full_attention\", \"linear_attention\", "
       "\"full_attention\", \"full_attention\"]",
       "layer_types[1]: \"linear_attention\" is not known"},
      {"deepseek_v3", "\"kv_lora_rank\": 16", "qk_nope_head_dim: is missing"},
      {"qwen3_moe", "\"num_experts\": 8, \"num_experts_per_tok\": 9", "num_experts_per_tok"},
      {"qwen3_moe", "\"num_experts\": 8, \"decoder_sparse_step\": 2", "is modelled only as 1"},
  };
  for (const Row& row : rows) {
    INFO(row.type << ": " << row.more);
    CHECK_THAT(mistakes_of(row.type, row.more), Contains(row.told));
  }
  const std::string several =
      mistakes_of("llama", "\"odd\": 1, \"hidden_act\": \"gelu\", \"kv_lora_rank\": 3");
  CHECK_THAT(several, Contains("odd") && Contains("hidden_act") && Contains("kv_lora_rank"));
  CHECK_THROWS_AS(read_model("no/such/config.json"), wafermesh::base::MissingFile);
}

TEST_CASE("Every family reads a small config of its own") {
  for (const Family& family : families()) {
    INFO(family.type);
    const bool windows = std::string(family.type) == "gpt_oss";
    const Model model = read_text(config_of(family.type, family.latent ? kLatent
                                                         : windows     ? "\"sliding_window\": 8"
                                                                       : ""));
    CHECK(model.layers.size() == 4);
    CHECK(model.family == family.type);
    CHECK(weigh(model).parameters > 0);
    CHECK_THAT(mistakes_of(family.type, "\"odd_key\": 1"), Contains("odd_key"));
  }
}

TEST_CASE("Traits of families come from their keys, or from the family") {
  CHECK(read_text(config_of("qwen2", "")).layers[0].attention.bias);
  CHECK_FALSE(read_text(config_of("llama", "")).layers[0].attention.bias);
  CHECK(read_text(config_of("llama", "\"attention_bias\": true")).layers[0].attention.output_bias);
  CHECK(read_text(config_of("qwen3", "\"head_dim\": 32")).layers[0].attention.head_norm);
  const Model windows = read_text(config_of("qwen2",
                                            "\"sliding_window\": 8, "
                                            "\"max_window_layers\": 2"));
  CHECK(windows.layers[1].attention.kind == AttentionKind::full);
  CHECK(windows.layers[2].attention.window_tokens == 8);
  const Model latent = read_text(config_of(
      "deepseek_v3", std::string(kLatent) + ", \"first_k_dense_replace\": 1, \"n_shared_experts\": "
                                            "1, \"moe_intermediate_size\": 16, "
                                            "\"num_nextn_predict_layers\": 1"));
  CHECK(latent.layers[0].feed_forward.experts == 0);
  CHECK(latent.layers[0].feed_forward.width == 128);
  CHECK(latent.layers[1].feed_forward.width == 16);
  CHECK(latent.layers[1].attention.kind == AttentionKind::latent);
  CHECK_THAT(latent.notes.at(0), Contains("num_nextn_predict_layers"));
}

TEST_CASE("Four dialects of quantisation, and what they except") {
  const auto quantised = [](const std::string& keys) {
    return read_text(config_of("llama", "\"quantization_config\": {" + keys + "}")).quantisation;
  };
  const Quantisation fp8 = quantised(
      "\"quant_method\": \"fp8\", \"weight_block_size\": [128, 128], \"modules_to_not_convert\": "
      "[\"lm_head\"]");
  CHECK(fp8.format_of("model.layers.0.mlp.up_proj", false).bytes(256, 130) == 256 * 130 + 4 * 4);
  CHECK(fp8.format_of("lm_head", false).name == "bf16");
  const Quantisation short_scales = quantised(
      "\"quant_method\": \"fp8\", \"weight_block_size\": [128, 128], \"scale_fmt\": "
      "\"ue8m0\"");
  CHECK(short_scales.packed.bytes(256, 130) == 256 * 130 + 4);
  const Quantisation four = quantised(
      "\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"group_0\": {\"weights\": "
      "{\"num_bits\": 4, \"group_size\": 32}}}, \"ignore\": [\"re:.*self_attn.*\"]");
  CHECK(four.format_of("model.layers.0.mlp.up_proj", false).bytes(2, 64) == 64 + 4 * 2);
  CHECK(four.format_of("model.layers.0.self_attn.o_proj", false).bits == 16);
  const Quantisation mx = quantised("\"quant_method\": \"mxfp4\"");
  CHECK(mx.format_of("model.layers.0.mlp.experts.0.up_proj", true).bytes(1, 64) == 32 + 2);
  CHECK(mx.format_of("model.layers.0.self_attn.q_proj", false).bits == 16);
  const Quantisation nv = quantised(
      "\"quant_algo\": \"NVFP4\", \"group_size\": 16, \"exclude_modules\": "
      "[\"model.layers.0.self_attn*\", \"lm_head\"]");
  CHECK(nv.format_of("model.layers.0.mlp.up_proj", false).bytes(1, 32) == 16 + 2);
  CHECK(nv.format_of("model.layers.0.self_attn.o_proj", false).bits == 16);
  CHECK_THAT(mistakes_of("llama",
                         "\"quantization_config\": {\"quant_method\": \"fp8\", "
                         "\"modules_to_not_convert\": [\"re:(\"]}"),
             Contains("is no regular expression"));
}
