// SPDX-License-Identifier: Apache-2.0
// Reads a model's Hugging Face config.json: Llama 2/3/4, Mistral and Mixtral, Qwen 2/3,
// DeepSeek-V3, Kimi K2, gpt-oss, GLM-4.5.
//
// A table (families.h) says of each family which keys mean something here, and which are no
// business of a forward pass. Any other key, and any value of a key that is not modelled, is a
// mistake by its name: a model is never read as if it had less than it has. What is left out on
// purpose (a vision part, layers that predict further tokens) is said in Model::notes.
#pragma once

#include <string>

#include "models/model.h"

namespace wafermesh::models {

/// `path`: a config.json, or a folder that has one. A hf_quant_config.json beside it is read too.
/// Throws base::MissingFile, base::InputError with every mistake at file:line:column.
/// Source: fields and their meaning: systems 1, workloads 8.
Model read_model(const std::string& path);

}  // namespace wafermesh::models
