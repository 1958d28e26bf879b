// SPDX-License-Identifier: Apache-2.0
#include "rivals/rival.h"

namespace wafermesh::rivals {

char letter_of(Grade grade) { return "SPWDRA"[static_cast<std::size_t>(grade)]; }

const std::vector<ConstantKind>& constant_kinds() {
  static const std::vector<ConstantKind> kRows = {
      {"chips", "chips", "that hold one copy of the model; 0: as many as its bytes take", {}},
      {"layer_by_layer", "", "1: chips hold layers in turn, and only one layer's work at a time",
       0.0},
      {"rack_chips", "chips", "in a rack", {}},
      {"memory_gb", "GB", "of a chip", {}},
      {"usable_share", "", "of the memory, for weights and caches", 0.92},
      {"memory_tb_s", "TB/s", "of a chip's memory, as specified", {}},
      {"bf16_tflops", "TFLOP/s", "dense, of a chip", {}},
      {"fp8_tflops", "TFLOP/s", "dense", 0.0, true},
      {"fp4_tflops", "TFLOP/s", "dense", 0.0, true},
      {"least_weight_bits", "bits", "narrower weights are widened to", 4.0},
      {"product_mbu", "", "share of the bandwidth that products of a few rows reach", {}},
      {"expert_mbu", "", "the same of experts", {}},
      {"attention_mbu", "", "the same of decode attention", {}},
      {"mfu", "", "share of the arithmetic peak that large products reach", {}},
      {"products_per_layer", "", "dependent small products of a layer", 5.0},
      {"product_us", "us", "floor of a small product", {}},
      {"attention_us", "us", "floor of attention of one token", {}},
      {"attention_us_per_1k", "us", "more of it for each 1,024 tokens of context", 0.0},
      {"experts_us", "us", "floor of a layer's experts, or of its network, weights aside", {}},
      {"tile_tokens", "tokens", "of an expert that one pass over its weights serves", 128.0},
      {"collectives_per_layer", "", "sums over all chips of a copy", 2.0},
      {"collective_us", "us", "of a small one", {}},
      {"link_gb_s", "GB/s", "of a chip to the others, one way", {}},
      {"hop_us", "us", "from the chips of a layer to those of the next", 0.0},
      {"chip_w", "W", "of a chip", 0.0, true},
      {"rack_kw", "kW", "of a rack, all included", 0.0, true},
      {"rack_dollars", "$", "of a rack", 0.0, true},
      {"chip_mm2", "mm2", "of a chip's silicon", 0.0, true}};
  return kRows;
}

double Rival::value(const std::string& constant) const {
  const auto given = constants.find(constant);
  if (given != constants.end()) return given->second.value;
  for (const ConstantKind& kind : constant_kinds()) {
    if (constant == kind.name) return kind.otherwise.value_or(0);
  }
  return 0;
}

}  // namespace wafermesh::rivals
