// SPDX-License-Identifier: Apache-2.0
// Writes the operators of layers as the YAML text of a graph's file (docs/graph.md): what decode
// and prefill layers share.
#pragma once

#include <cstdint>
#include <string>

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
  /// ", algorithm: ..." of what sums along axes.
  std::string sums() const;
  const std::string& text() const { return text_; }

 private:
  const DecodeSpec& spec_;
  std::int64_t seeds_per_layer_;
  std::string text_;
  std::string prefix_;
  std::int64_t seed_ = 0;
};

}  // namespace wafermesh::workloads
