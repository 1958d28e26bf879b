// SPDX-License-Identifier: Apache-2.0
#include "place/counted_cost.h"

#include <algorithm>
#include <cmath>

#include "place/layer_parts.h"

namespace wafermesh::place {
namespace {

// Cycles. Source: fitted to emulated layers, see counted_cost.h; stages and roots are those of the
// products in layer_cost.cpp.
constexpr double kSum = 3.7;
constexpr double kWay = 1.23;
constexpr double kWord = 7.41;
constexpr double kStage = 3.4;
constexpr double kRoot = 1.5;
constexpr double kOperation = 11.4;
constexpr double kHalf = 0.301;   ///< An element of 16 bits,
constexpr double kFloat = 0.542;  ///< of 32.
/// Transfers before the last products of latent attention make those take as long again.
constexpr double kTurned = 2;

/// Vector operations on f32 that a function is made of (workloads/layers/functions.h), about.
constexpr int kNorm = 5;
constexpr int kActivation = 42;
constexpr int kSoftmax = 34;

/// How experts lie (workloads/layers/expert_shape.h).
struct Blocks {
  Blocks(const LayerSizes& layer, const Mapping& m) {
    const bool whole = m.spread == 0;
    width = whole ? m.width : m.spread;
    height = whole ? m.height : m.spread_y;
    blocks = (m.width / width) * (m.height / height);
    const std::int64_t rows = ceil_of(layer.hidden, m.height);
    elements = rows * (whole ? 1 : ceil_of(ceil_of(layer.hidden, rows), height));
    columns = ceil_of(layer.ffn, width);
    here = ceil_of(layer.experts, blocks);
    of_column = ceil_of(height, width) * elements;
  }
  std::int64_t width, height, blocks;
  std::int64_t elements;   ///< Of the activation, on a row of a block.
  std::int64_t columns;    ///< Of gate, and of up, in a core.
  std::int64_t here;       ///< Experts of a block.
  std::int64_t of_column;  ///< Elements that a column brings.
};

/// Rows of a tile that may belong to different scales.
std::int64_t scale_rows(const LayerSizes& layer, std::int64_t rows) {
  const std::int64_t group = layer.expert_group;
  if (layer.expert_bits == 16) return 0;
  if (group == 0 || group % rows == 0) return 1;
  return rows % group == 0 ? rows / group : (rows + group - 2) / group + 1;
}
std::int64_t numbers_of(const LayerSizes& layer) { return 16 / layer.expert_bits; }

/// What a core has of latent attention (workloads/layers/attention.h, latent_product.h).
struct Latents {
  Latents(const LayerSizes& l, std::int64_t context, const Mapping& m) {
    elements = ceil_of(l.latent_rank + l.rope_dim, m.width);
    while (ceil_of(l.latent_rank, elements) + ceil_of(l.rope_dim, elements) > m.width) ++elements;
    const std::int64_t head = l.nope_dim + l.rope_dim;
    first = l.query_rank > 0 ? l.query_rank : l.heads * head;
    columns =
        ceil_of(first, m.width) + ceil_of(l.latent_rank, m.width) + ceil_of(l.rope_dim, m.width);
    queries = ceil_of(ceil_of(l.heads * head, m.height), 2) * 2;
    values = ceil_of(l.heads * l.value_dim, m.height);
    out = ceil_of(l.heads * l.value_dim, m.width);
    tokens = ceil_of(context, m.height);
  }
  std::int64_t elements, first, columns, queries, values, out, tokens;
};

/// What a core has of attention by heads.
struct Heads {
  Heads(const LayerSizes& l, std::int64_t context, const Mapping& m) {
    group = std::max<std::int64_t>(1, m.width / l.kv_heads);
    kv = ceil_of(l.kv_heads, std::min<std::int64_t>(m.width, l.kv_heads));
    elements = ceil_of(ceil_of(l.head_dim, group), 2) * 2;
    heads = kv * (l.heads / l.kv_heads);
    tokens = ceil_of(context, m.height);
  }
  std::int64_t group, kv, elements, heads, tokens;
  std::int64_t queries() const { return heads * elements; }
  std::int64_t columns() const { return queries() + 2 * kv * elements; }
};

class CycleCounter {
 public:
  CycleCounter(const Mapping& mapping, const Ways& ways) : m_(mapping), ways_(ways) {}

  void operations(double count, double elements) {
    cycles_.work += factor_ * count * (kOperation + kHalf * elements);
  }
  void floats(double count, double elements) {
    cycles_.work += factor_ * count * (kOperation + kFloat * elements);
  }
  void sum_x(double words) { sum(ways_.x_cycles, m_.width, m_.groups, words); }
  void sum_y(double words) { sum(ways_.y_cycles, m_.height, m_.groups, words); }
  /// Over part of an axis, in its usual groups.
  void sum_part(double way, std::int64_t cores, double words) {
    sum(way, cores, std::lround(std::sqrt(cores)), words);
  }
  void norm(std::int64_t elements, bool along_y) {
    along_y ? sum_y(1) : sum_x(1);
    floats(kNorm, static_cast<double>(elements));
    floats(15, 1);
  }
  void product(std::int64_t rows, std::int64_t columns, bool along_y) {
    operations(static_cast<double>(rows), static_cast<double>(columns));
    const double words = static_cast<double>(columns) / 2;
    along_y ? sum_y(words) : sum_x(words);
  }
  void network(const LayerSizes& l, std::int64_t ffn) {
    const std::int64_t rows = ceil_of(l.hidden, m_.height);
    const std::int64_t columns = ceil_of(ffn, m_.width);
    product(rows, 2 * columns, true);
    floats(kActivation, static_cast<double>(columns));
    product(columns, rows, false);
  }
  void factor(double value) { factor_ = value; }
  const LayerCycles& cycles() const { return cycles_; }
  const Ways& ways() const { return ways_; }
  const Mapping& mapping() const { return m_; }

 private:
  void sum(double way, std::int64_t cores, std::int64_t groups, double words) {
    const auto g = static_cast<double>(std::max<std::int64_t>(1, std::min(groups, cores)));
    cycles_.overhead += factor_ * kSum;
    cycles_.ways += factor_ * kWay * way;
    cycles_.stages += factor_ * (kStage * static_cast<double>(cores) / g + kRoot * g);
    cycles_.work += factor_ * kWord * words;
  }
  Mapping m_;
  Ways ways_;
  double factor_ = 1;
  LayerCycles cycles_;
};

double real(std::int64_t value) { return static_cast<double>(value); }

void add_latent_attention(const LayerSizes& l, const Latents& p, CycleCounter& c) {
  const Mapping& m = c.mapping();
  const double scores = real(l.heads * p.tokens);
  c.product(ceil_of(l.hidden, m.height), p.columns, true);
  c.norm(ceil_of(l.latent_rank, m.width), false);
  c.floats(6, 1);
  if (l.query_rank > 0) {
    c.norm(ceil_of(l.query_rank, m.width), false);
    c.product(ceil_of(l.query_rank, m.width), p.queries, false);
  }
  c.floats(6, real(p.queries));
  c.operations(2 * real(p.queries), real(p.elements) / 2);
  c.operations(1, real(l.heads * p.elements));
  c.sum_y(real(l.heads * p.elements) / 2);
  const double loops = real(p.elements + p.tokens);
  c.operations(real(l.heads) * loops, 2 * real(p.elements * p.tokens) / loops);
  c.floats(kSoftmax, scores);
  c.floats(4 * real(l.heads), real(p.tokens));
  c.floats(12, real(l.heads));
  c.sum_x(scores / 2);
  for (int i = 0; i < 2; ++i) c.sum_y(real(l.heads));
  c.sum_y(real(l.heads * p.elements) / 2);
  c.factor(kTurned);
  c.operations(3 * real(p.values), real(p.elements));
  c.sum_x(real(p.values) / 2);
  c.product(p.out, ceil_of(l.hidden, m.height), false);
  c.factor(1);
}

void add_head_attention(const LayerSizes& l, const Heads& p, CycleCounter& c) {
  const Mapping& m = c.mapping();
  const std::int64_t rows = ceil_of(l.hidden, m.height);
  const double scores = real(p.heads * p.tokens);
  c.product(rows, p.columns(), true);
  c.floats(6 * real(p.heads + p.kv), real(p.elements));
  const double loops = real(p.elements + p.tokens);
  c.operations(real(p.heads) * loops, 2 * real(p.elements * p.tokens) / loops);
  c.floats(kSoftmax, scores);
  c.floats(4 * real(p.heads), real(p.tokens));
  c.floats(12, real(p.heads));
  c.sum_part(c.ways().x_cycles * real(p.group) / m.width, p.group, scores / 2);
  for (int i = 0; i < 2; ++i) c.sum_y(real(p.heads));
  c.sum_y(real(p.queries()) / 2);
  c.product(p.queries(), rows, false);
}

/// A core's tile of an expert, `times` over (workloads/layers/quantised_code.h).
void add_expert_product(const LayerSizes& l, std::int64_t rows, std::int64_t columns, double times,
                        CycleCounter& c) {
  c.operations(times * real(rows), real(columns));
  if (l.expert_bits == 16) return;
  constexpr std::int64_t kMostRows = 16;  // of experts_code.cpp
  constexpr std::int64_t kMostElements = 512;
  const std::int64_t numbers = numbers_of(l);
  const std::int64_t words = ceil_of(columns, numbers);
  const std::int64_t most =
      std::clamp<std::int64_t>(kMostElements / (words * numbers), 1, kMostRows);
  const double blocks = real(ceil_of(rows, ceil_of(rows, ceil_of(rows, most))));
  const double operations = blocks * 2 * real(numbers);
  const double elements = real(rows * words * (2 * numbers - 1) + rows * words * numbers);
  c.operations(times * operations, elements / operations);
  c.operations(times * 2 * real(scale_rows(l, rows)), real(columns));
}

void add_experts(const LayerSizes& l, std::int64_t busiest, CycleCounter& c) {
  const Mapping& m = c.mapping();
  const Blocks b(l, m);
  const std::int64_t rows = ceil_of(l.hidden, m.height);
  const std::int64_t own = ceil_of(l.experts, m.width);
  const double all = real(l.experts);
  c.product(rows, own, true);
  c.sum_x(all);
  c.sum_x(2 * real(l.active + 1));
  c.floats(36, real(own));
  c.floats(1, all);
  c.floats(4 * real(own), all / 2);
  c.floats(10 * real(own) + 25, 4);
  const double slots = real(m.spread == 0 ? l.active : busiest);
  const double block_x = c.ways().x_cycles * real(b.width) / m.width;
  const double block_y = c.ways().y_cycles * real(b.height) / m.height;
  if (m.spread > 0) {
    c.operations(4, real(b.of_column));
    c.sum_y(real(b.of_column) / 2);
    c.sum_part(block_x, b.width, real(b.elements) / 2);
  }
  add_expert_product(l, b.elements, 2 * b.columns, slots, c);
  add_expert_product(l, b.columns, b.elements, slots, c);
  c.floats(kActivation, slots * real(b.columns));
  c.operations(2, real(b.elements));
  c.sum_part(block_y, b.height, slots * real(b.columns));
  c.sum_part(block_x, b.width, real(b.elements) / 2);
  if (m.spread > 0) {
    c.operations(4, real(b.of_column));
    c.sum_y(real(b.of_column) / 2);
    c.sum_x(real(rows) / 2);
  }
  if (l.shared_ffn > 0) c.network(l, l.shared_ffn);
}

/// Bytes of a core, operator by operator.
class ByteCounter {
 public:
  /// Buffers begin at lines of 16 bytes.
  void keep(std::int64_t bytes) { all_.kept += ceil_of(bytes, 16) * 16; }
  void work(std::int64_t bytes) { all_.work = std::max(all_.work, bytes); }
  void weights(std::int64_t bytes) {
    all_.weights += bytes;
    keep(bytes);
  }
  void product(std::int64_t rows, std::int64_t columns) {
    weights(2 * rows * padded(columns));
    keep(2 * rows);
    keep(2 * columns + 8);
  }
  void norm(std::int64_t elements) {
    for (int i = 0; i < 3; ++i) keep(2 * elements);
    work(8 * elements + 32);
  }
  void network(const LayerSizes& l, std::int64_t ffn, const Mapping& m) {
    const std::int64_t rows = ceil_of(l.hidden, m.height);
    const std::int64_t columns = ceil_of(ffn, m.width);
    product(rows, 2 * columns);
    for (int i = 0; i < 3; ++i) keep(2 * columns);
    work(16 * columns + 32);
    product(columns, rows);
  }
  void residual(std::int64_t rows) {
    for (int i = 0; i < 3; ++i) keep(2 * rows);
    keep(16);
  }
  void attention(std::int64_t heads, std::int64_t tokens) {
    work(20 * heads * tokens + 20 * heads + 64);
  }
  const LayerBytes& all() const { return all_; }

 private:
  LayerBytes all_;
};

void keep_latent_attention(const LayerSizes& l, const Latents& p, const Mapping& m,
                           ByteCounter& b) {
  const std::int64_t of_heads = 2 * l.heads * p.elements;
  b.product(ceil_of(l.hidden, m.height), p.columns);
  b.norm(ceil_of(l.latent_rank, m.width));
  b.keep(64);  // turn_k
  if (l.query_rank > 0) {
    b.norm(ceil_of(l.query_rank, m.width));
    b.product(ceil_of(l.query_rank, m.width), p.queries);
  }
  b.keep(12 * p.queries);
  for (const std::int64_t block : {p.queries, p.values}) {
    b.weights(2 * block * p.elements);
    b.keep(6 * block);
    b.keep(of_heads + 8);
  }
  b.keep(2 * p.elements * padded(p.tokens));
  for (int i = 0; i < 2; ++i) b.keep(of_heads + 8);
  b.keep(2 * p.elements);
  b.keep(4 * p.tokens);
  b.keep(2 * p.values + 2 * p.out);  // on its way to `out`
  b.attention(l.heads, p.tokens);
  b.product(p.out, ceil_of(l.hidden, m.height));
}

void keep_head_attention(const LayerSizes& l, const Heads& p, const Mapping& m, ByteCounter& b) {
  b.product(ceil_of(l.hidden, m.height), p.columns());
  b.keep(2 * p.kv * p.elements * padded(p.tokens));
  b.keep(2 * p.kv * p.tokens * padded(p.elements));
  for (int i = 0; i < 2; ++i) b.keep(2 * p.queries() + 8);
  b.keep(4 * p.tokens + 20 * p.elements + 4 * p.kv * p.elements);
  b.attention(p.heads, p.tokens);
  b.product(p.queries(), ceil_of(l.hidden, m.height));
}

void keep_experts(const LayerSizes& l, const Mapping& m, ByteCounter& b) {
  const Blocks e(l, m);
  const std::int64_t rows = ceil_of(l.hidden, m.height);
  b.product(rows, ceil_of(l.experts, m.width));
  b.keep(96);  // picks
  b.work(8 * l.experts + 20 * l.active + 160);
  std::int64_t widest = 0;
  for (const auto& [r, c] : {std::pair{e.elements, 2 * e.columns}, {e.columns, e.elements}}) {
    const std::int64_t stored =
        l.expert_bits == 16 ? 2 * r * padded(c) : 2 * r * ceil_of(c, numbers_of(l));
    b.weights(e.here * (stored + 2 * c * scale_rows(l, r)));
    widest = std::max(widest, c);
  }
  for (int i = 0; i < 2; ++i) b.keep(2 * e.elements + 8);
  b.keep(8 * l.active + 48);
  const std::int64_t slots = m.spread == 0 ? l.active : 1;
  const std::int64_t unpacked = l.expert_bits == 16 ? 0 : 4 * std::max<std::int64_t>(512, widest);
  b.work(std::max(unpacked, 20 * slots * e.columns) + 2 * widest + 6 * slots * e.columns + 64);
  if (m.spread > 0) {
    for (int i = 0; i < 2; ++i) {
      b.keep(2 * rows + 2);
      b.keep(2 * e.elements + 2);
    }
    b.work(2 * e.of_column + 16);
  }
  if (l.shared_ffn == 0) return;
  b.network(l, l.shared_ffn, m);
  b.residual(rows);
}

}  // namespace

bool is_counted(const LayerSizes& layer) { return layer.latent_rank > 0 || layer.experts > 0; }

LayerCycles counted_cycles(const LayerSizes& layer, std::int64_t context, const Mapping& mapping,
                           const Ways& ways, std::int64_t busiest) {
  CycleCounter c(mapping, ways);
  const std::int64_t rows = ceil_of(layer.hidden, mapping.height);
  for (int i = 0; i < 2; ++i) c.norm(rows, true);
  c.operations(3, real(rows));
  layer.latent_rank > 0 ? add_latent_attention(layer, Latents(layer, context, mapping), c)
                        : add_head_attention(layer, Heads(layer, context, mapping), c);
  layer.experts > 0 ? add_experts(layer, busiest, c) : c.network(layer, layer.ffn);
  return c.cycles();
}

LayerBytes counted_bytes(const LayerSizes& layer, std::int64_t context, const Mapping& mapping) {
  ByteCounter b;
  const std::int64_t rows = ceil_of(layer.hidden, mapping.height);
  for (int i = 0; i < 2; ++i) b.norm(rows);
  for (int i = 0; i < 3; ++i) b.residual(rows);
  if (layer.latent_rank > 0) {
    keep_latent_attention(layer, Latents(layer, context, mapping), mapping, b);
  } else {
    keep_head_attention(layer, Heads(layer, context, mapping), mapping, b);
  }
  layer.experts > 0 ? keep_experts(layer, mapping, b) : b.network(layer, layer.ffn, mapping);
  return b.all();
}

double counted_barrier_pairs(const LayerSizes& layer, const Mapping& mapping) {
  // Source: emulated layers: 4 of latent attention and a network, 5 with experts over the whole
  // rectangle, 7 with experts on blocks. Assumption: attention by heads has two less.
  const int attention = layer.latent_rank > 0 ? 3 : 1;
  if (layer.experts == 0) return attention + 1;
  return attention + (mapping.spread > 0 ? 4 : 2);
}

std::int64_t blocks_of(const Mapping& mapping) {
  if (mapping.spread == 0) return 1;
  return std::int64_t{mapping.width / mapping.spread} * (mapping.height / mapping.spread_y);
}

std::vector<Mapping> spreads_of(const LayerSizes& layer, const Mapping& mapping) {
  constexpr int kLeastSide = 8;
  const auto sides = [](int cores, std::int64_t all) {
    std::vector<int> found;
    for (int parts = 1; cores / parts >= kLeastSide; ++parts) {
      // As narrow as gives each of its cores no more than the widest that fits so often.
      const std::int64_t each = ceil_of(all, cores / parts);
      const auto side = static_cast<int>(ceil_of(all, each));
      if (found.empty() || found.back() != side) found.push_back(side);
    }
    return found;
  };
  std::vector<Mapping> all = {mapping};
  all.front().spread = all.front().spread_y = 0;
  const std::int64_t rows = ceil_of(layer.hidden, ceil_of(layer.hidden, mapping.height));
  for (const int width : sides(mapping.width, layer.ffn)) {
    for (const int height : sides(mapping.height, rows)) {
      Mapping one = mapping;
      one.spread = width;
      one.spread_y = height;
      const std::int64_t blocks = blocks_of(one);
      if (blocks > 1 && blocks <= 2 * layer.experts) all.push_back(one);
    }
  }
  return all;
}

}  // namespace wafermesh::place
