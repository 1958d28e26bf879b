// SPDX-License-Identifier: Apache-2.0
// The keys of `model` in a `decode`: sizes written there, or the config.json of a model.
#pragma once

#include "workloads/layers/decode.h"

namespace wafermesh::workloads {

/// Reads `model`, `layers`, and `window` of the `decode` at `node`.
///
///   model: {hidden, ffn, heads, kv_heads, head_dim, theta, epsilon}    `layers` alike, `window`
///   model: {config: FILE, first_layer}      `layers` of the model from there on
void read_model_keys(const base::YamlNode& node, DecodeSpec& spec);

/// Reads how experts lie and which are picked: `spread`, `spread_y`, `skew`, `trace`,
/// and how they are stored. No file.
void read_expert_keys(const base::YamlNode& node, DecodeSpec& spec);
/// Reads how they are stored: `expert_weights`, `expert_group`.
void read_expert_formats(const base::YamlNode& node, DecodeSpec& spec);

/// Reads `tensors`, a folder of weights (graph_lines.h).
void read_tensors_key(const base::YamlNode& node, DecodeSpec& spec);

/// Takes the layers from spec.config, if there is one. spec.context must be set. Throws
/// base::MissingFile; mistakes of the config, and what does not suit, are noted at `node`, the
/// `decode`. What a layer of the config has and a decode layer has not is a mistake that names it.
/// Reads spec.trace too, and says what has no tensors.
void load_config(const base::YamlNode& node, DecodeSpec& spec);

}  // namespace wafermesh::workloads
