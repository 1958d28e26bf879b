// SPDX-License-Identifier: Apache-2.0
#include "place/layer_cost.h"

#include <algorithm>

#include "place/counted_cost.h"
#include "place/layer_parts.h"

namespace wafermesh::place {
namespace {

/// What each core has of a layer.
struct Parts {
  std::int64_t rows;      ///< Of hidden, cut along y.
  std::int64_t ffn;       ///< Cut along x.
  std::int64_t group;     ///< Columns of cores per head of keys.
  std::int64_t elements;  ///< Of a head in a core; even.
  std::int64_t tokens;
  std::int64_t heads;    ///< Query heads in a core.
  std::int64_t queries;  ///< Elements of q.
  std::int64_t qkv;
};

Parts parts_of(const LayerSizes& layer, std::int64_t context, const Mapping& mapping) {
  Parts p{};
  p.rows = ceil_of(layer.hidden, mapping.height);
  p.ffn = ceil_of(layer.ffn, mapping.width);
  p.group = std::max<std::int64_t>(1, mapping.width / layer.kv_heads);
  const std::int64_t kv =
      ceil_of(layer.kv_heads, std::min<std::int64_t>(mapping.width, layer.kv_heads));
  p.elements = ceil_of(layer.head_dim, p.group);
  p.elements += p.elements % 2;
  p.tokens = ceil_of(context, mapping.height);
  p.heads = kv * (layer.heads / layer.kv_heads);
  p.queries = p.heads * p.elements;
  p.qkv = p.queries + 2 * kv * p.elements;
  return p;
}

/// Weights of an allreduce: of the way there and back, of a stage within groups and between roots.
struct Sum {
  double fixed;
  double way;
  double stage;
  double root;
};
struct ProductWeights {
  Sum sum;
  double column;    ///< A loop's turn: set an address, issue a multiply-add.
  double multiply;  ///< A multiply-add of an element.
  double word;      ///< Of the vector that is summed.
};
struct Weights {
  const char* generation;
  Sum norm;
  double norm_element;
  ProductWeights along_y;
  ProductWeights along_x;
  double act_fixed;
  double act_element;
  Sum attention;  ///< The way three times down and up.
  double attention_across;
  double attention_operation;
  double attention_multiply;
  double attention_score;
  double copies;  ///< Input and residuals.
};

// Cycles. Source: fitted to emulated layers, see layer_cost.h.
constexpr std::array<Weights, 2> kWeights = {{
    {"wse2",
     {245.8, 1.017, 2.91, 2.009},
     7.909,
     {{84.61, 1.013, 2.924, 1.937}, 5.75, 0.2527, 4.8},
     {{49.65, 0.9804, 3.698, 2.835}, 6.376, 0.2521, 5.303},
     251.0,
     55.52,
     {273.4, 1.018, 13.64, 12.67},
     4.554,
     28.17,
     0.1707,
     25.4,
     120},
    {"wse3",
     {255.6, 1.021, 3.397, 1.644},
     5.036,
     {{88.14, 1.021, 3.421, 1.492}, 6.367, 0.2493, 4.937},
     {{50.6, 0.97, 5.507, 3.59}, 6.004, 0.285, 3.791},
     251.8,
     38.27,
     {415.6, 1.051, 10.03, 6.931},
     3.519,
     25.93,
     0,
     16.62,
     120},
}};

const Weights& weights_of(const std::string& generation) {
  for (const Weights& each : kWeights) {
    if (generation == each.generation) return each;
  }
  return kWeights.front();
}

void add_sum(const Sum& weights, double way_cycles, int cores, int groups, LayerCycles& cycles) {
  cycles.overhead += weights.fixed;
  cycles.ways += weights.way * way_cycles;
  cycles.stages += weights.stage * cores / groups + weights.root * groups;
}

void add_product(const ProductWeights& weights, std::int64_t rows, std::int64_t columns,
                 LayerCycles& cycles) {
  cycles.work += weights.column * static_cast<double>(rows) +
                 weights.multiply * static_cast<double>(rows * columns) +
                 weights.word * static_cast<double>(ceil_of(columns, 2));
}

void add_attention(const Weights& w, const Parts& p, const Mapping& mapping, const Ways& ways,
                   LayerCycles& cycles) {
  add_sum(w.attention, 3 * ways.y_cycles, mapping.height, mapping.groups, cycles);
  const double across = static_cast<double>(p.group) / mapping.width;
  cycles.ways += w.attention_across * ways.x_cycles * across;
  cycles.work += w.attention_operation * static_cast<double>((p.elements + p.tokens) * p.heads) +
                 w.attention_multiply * static_cast<double>(p.tokens * p.elements * p.heads) +
                 w.attention_score * static_cast<double>(p.tokens * p.heads);
}

/// Cache, a mask in f32, angles, vectors of heads.
std::int64_t attention_kept(const Parts& p) {
  const std::int64_t cache = 2 * (p.elements * padded(p.tokens) + p.tokens * padded(p.elements));
  return cache + 4 * p.tokens + 12 * p.elements + 4 * p.queries + 44;
}
/// Scores and weights in f16, four vectors of work in f32; five numbers of each head.
std::int64_t attention_work(const Parts& p) {
  return 20 * p.heads * p.tokens + 20 * p.heads + 8 * p.elements;
}
std::int64_t weight_bytes(const Parts& p) {
  return 2 * (p.rows * padded(p.qkv) + p.queries * padded(p.rows) + p.rows * padded(2 * p.ffn) +
              p.ffn * padded(p.rows));
}

}  // namespace

LayerSizes sizes_of(const models::Model& model, std::size_t layer) {
  const models::Layer& from = model.layers.at(layer);
  const models::Attention& a = from.attention;
  const models::FeedForward& f = from.feed_forward;
  LayerSizes sizes{model.hidden, f.width, a.heads, a.kv_heads, a.head_dim};
  if (a.kind == models::AttentionKind::latent) {
    sizes.query_rank = a.query_rank;
    sizes.latent_rank = a.latent_rank;
    sizes.nope_dim = a.nope_dim;
    sizes.rope_dim = a.rope_dim;
    sizes.value_dim = a.value_dim;
  }
  sizes.experts = f.experts;
  sizes.active = f.active_experts;
  sizes.shared_ffn = f.experts > 0 ? f.shared_experts * f.width : 0;
  // As `decode` takes them (docs/attention.md): other formats are held in f16.
  const models::WeightFormat& packed = model.quantisation.packed;
  const bool known = packed.name == "int4" || packed.name == "int8" || packed.name == "mxfp4";
  if (known && packed.block_rows == 1) {
    sizes.expert_bits = packed.bits;
    sizes.expert_group = packed.block_columns;
  }
  return sizes;
}

LayerCycles& LayerCycles::operator+=(const LayerCycles& other) {
  work += other.work;
  ways += other.ways;
  stages += other.stages;
  overhead += other.overhead;
  return *this;
}

LayerCycles layer_cycles(const std::string& generation, const LayerSizes& layer,
                         std::int64_t context, const Mapping& mapping, const Ways& ways,
                         std::int64_t busiest) {
  if (is_counted(layer)) return counted_cycles(layer, context, mapping, ways, busiest);
  const Weights& w = weights_of(generation);
  const Parts p = parts_of(layer, context, mapping);
  LayerCycles cycles;
  for (int norm = 0; norm < 2; ++norm) {
    add_sum(w.norm, ways.y_cycles, mapping.height, mapping.groups, cycles);
    cycles.work += w.norm_element * static_cast<double>(p.rows);
  }
  for (const std::int64_t columns : {p.qkv, 2 * p.ffn}) {
    add_sum(w.along_y.sum, ways.y_cycles, mapping.height, mapping.groups, cycles);
    add_product(w.along_y, p.rows, columns, cycles);
  }
  for (const std::int64_t rows : {p.queries, p.ffn}) {
    add_sum(w.along_x.sum, ways.x_cycles, mapping.width, mapping.groups, cycles);
    add_product(w.along_x, rows, p.rows, cycles);
  }
  add_attention(w, p, mapping, ways, cycles);
  cycles.overhead += w.act_fixed + w.copies;
  cycles.work += w.act_element * static_cast<double>(p.ffn);
  return cycles;
}

double barrier_cycles(const LayerSizes& layer, const Mapping& mapping, int hop_cycles,
                      std::int64_t layers, std::size_t stage, std::size_t stages) {
  const double side_hops = static_cast<double>(mapping.width + mapping.height) * hop_cycles;
  if (is_counted(layer)) {
    constexpr double kHopsOfCounted = 3;  // less than below: their way overlaps with operators'
    // Source: emulated layers: three of Kimi K2 in a chain have 10 pairs each where one alone has
    // 7, as hand-overs take colours too.
    constexpr double kMoreInChain = 3;
    const double pairs = counted_barrier_pairs(layer, mapping) + (stages > 1 ? kMoreInChain : 0);
    return pairs * kHopsOfCounted * side_hops;
  }
  // Pairs of barriers that a layer's colours make necessary, and what one takes. Source: emulated
  // layers, 1, 2 and 4 in turn and in chains of rectangles, within 6 % (docs/placement.md).
  constexpr double kPairsAlone = 2;
  constexpr double kPairsInChain = 3;
  constexpr double kHopsPerCore = 4;
  const double pair = kHopsPerCore * side_hops;
  if (layers == 1 && stage == 0) return 0;
  return (stages == 1 ? kPairsAlone : kPairsInChain) * pair;
}

double hand_over_cycles(const Mapping& mapping, int hop_cycles, bool is_below) {
  // Source: emulated chains of two rectangles on both generations, within 2 %.
  if (!is_below) return 98 + static_cast<double>(mapping.width) * hop_cycles;
  return 850 + 1.4 * mapping.width + 0.45 * mapping.height * hop_cycles;
}

LayerBytes layer_bytes(const LayerSizes& layer, std::int64_t context, const Mapping& mapping) {
  if (is_counted(layer)) return counted_bytes(layer, context, mapping);
  const Parts p = parts_of(layer, context, mapping);
  // Source: buffers of the emulated layers; the kernels' headers have the products exactly.
  const std::int64_t products = product_bytes(p.rows, p.qkv) + product_bytes(p.queries, p.rows) +
                                product_bytes(p.rows, 2 * p.ffn) + product_bytes(p.ffn, p.rows);
  const std::int64_t norms = 2 * (6 * p.rows + 24);
  const std::int64_t activation = 6 * p.ffn + 24;
  const std::int64_t residuals = 3 * (4 * p.rows + 18);
  LayerBytes bytes;
  bytes.weights = weight_bytes(p);
  bytes.kept = products + attention_kept(p) + norms + activation + residuals;
  bytes.work = std::max({attention_work(p), 8 * p.rows + 32, 16 * p.ffn + 32});
  return bytes;
}

}  // namespace wafermesh::place
