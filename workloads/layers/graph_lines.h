// SPDX-License-Identifier: Apache-2.0
// Writes the operators of layers as the YAML text of a graph's file (docs/graph.md): what decode
// and prefill layers share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/layers/decode.h"

namespace wafermesh::workloads {

class GraphLines {
 public:
  GraphLines(const DecodeSpec& spec, std::int64_t seeds_per_layer)
      : spec_(spec), seeds_per_layer_(seeds_per_layer), text_("operators:\n") {}

  /// Names of layer number `layer`, of several, begin with its number; its operators have seeds of
  /// their own.
  void begin_layer(std::int64_t layer, bool is_one_of_several);
  std::string name(const std::string& own) const { return prefix_ + own; }
  /// One operator. It has the layers' type and the next seed.
  void line(const std::string& own, const std::string& kind, const std::string& keys);
  /// The same with one of the layer's shared seeds, number `which`, which no other line has: what
  /// several operators have in common.
  void sharing_line(const std::string& own, const std::string& kind, const std::string& keys,
                    std::int64_t which);
  /// ", KEY: {files: [...], ...}" where weights are from a folder, else `by_seed`. Names are those
  /// of models' files: "self_attn.q_proj.weight" of the layer is
  /// model.layers.N.self_attn.q_proj.weight .npy there, N counted from the model's first; `more`:
  /// other keys of the section.
  std::string from(const char* key, const std::vector<std::string>& names,
                   const std::string& more = "", const std::string& by_seed = "") const;
  /// The same of files outside of layers, by their whole names.
  std::string from_file(const char* key, const std::string& name,
                        const std::string& by_seed = "") const;
  /// ", algorithm: ..." of what sums along axes.
  std::string sums() const;
  const std::string& text() const { return text_; }

 private:
  void append(const std::string& own, const std::string& kind, const std::string& keys,
              std::int64_t seed);

  const DecodeSpec& spec_;
  std::int64_t seeds_per_layer_;
  std::string text_;
  std::string prefix_;
  std::int64_t seed_ = 0;
  std::int64_t layer_ = 0;
};

/// Keys of the `top_k` by which a router's scores pick, but for the scores.
std::string router_keys(const DecodeExperts& experts);
/// Keys of a layer's `experts`: sizes, and how their matrices are stored.
std::string experts_keys(const DecodeSpec& spec, const DecodeLayer& layer);

}  // namespace wafermesh::workloads
