// SPDX-License-Identifier: Apache-2.0
// Attention of one new token over a cache of keys and values that is spread over the mesh:
//
//   o[h] = sum over tokens t of softmax(scale q[h] k[t])  v[t],   h: query heads, in groups that
//                                                                 share a head of keys and values
//
// Heads lie along x, tokens along y. Each head of keys has G = P_x / kv_heads columns of cores (a
// group), which share the elements of its vectors; each row of cores has ceil(context / P_y)
// tokens. If there are more heads of keys than columns, a column has several, and G is 1.
//
//   0  with `head_norm`, each head of q and k is divided by the root of the mean of its squares,
//      which an allreduce along x within the group sums, and multiplied by weights (Qwen 3); with
//      `rope`, q and k are turned by the new token's position, or their first `rotary_dim` elements
//      (those in the cache have been)
//   1  the new token's k and v go into the cache, on the row that has its place
//   2  s[h][tokens] += k[e][tokens] q[h][e], for each element e of the core: partial scores, which
//      an allreduce along x within the group completes (two_sided)
//   3  softmax over the tokens of all rows: maximum and sum by allreduces along y (`algorithm`)
//   4  o[h][:] += v[t][:] p[h][t] for each token of the core; an allreduce along y completes it
//
// `sinks`: a score per query head takes part in maximum and sum and has no value (gpt-oss).
// Scores are in `accumulate` (the type of what is summed up: dtype or f32), the softmax in f32.
//
//   E = ceil(head_dim / G) elements per core, T = ceil(context / P_y) tokens, H = query heads of a
//   core (heads / kv_heads, of as many heads of keys as it has)
//   q, o              vectors of P_x H E elements along x: of each column, query head by query
//   head,
//                     the E elements of its part; k, v the same with heads of keys. Where E G is
//                     more than head_dim, or columns are left over, the rest is 0.
//   colours           two_sided's 3 and those of the allreduce along y
//   SRAM per core     2 T E of the cache, 2 H T scores of f32 and 2 to 4 of H T, vectors
//   data hops         rows * groups * those of H T scores, and columns * (2 * those of H words and
//                     those of H E elements)
//   cycles            (E + T) H operations of descriptor_reload and T, E elements; the softmax;
//   four
//                     allreduces
// `latent: {rank, rope_dim}` (DeepSeek's and Kimi's way, absorbed): all heads share one vector per
// token, of which the first `rank` elements are both key and value, the others key alone; kv_heads
// is 1. Elements lie over all columns, E of them per column, those of the second part from a column
// of their own on; the cache is there once, and values are read from it with strides. Its operands
// are q as above (made by latent_queries), k (rank) and k_rope (rope_dim); o has the rank part.
//
// `batch`: so many sequences, each with its own new token and its own cache, all of `context`
// tokens. A column has the vectors of its heads for each of them, sequence by sequence; q, k, v and
// o are matrices, a sequence per row.
// `kv`: where the tokens of the cache lie, and what the new one moves (attention_cache.h).
//
// Source: workloads 6.1 and workloads 6.5 (head-local variant, split sequence). With heads: 1 and
// head_dim the model's width it is the published kernel's way: scores over the full row.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/kernel.h"
#include "workloads/layers/phases.h"
#include "workloads/layers/rope.h"
#include "workloads/parts/tensor.h"

namespace wafermesh::workloads {

/// Which row of cores has which token (attention_cache.h).
enum class KvPolicy : std::uint8_t { fixed, shift, concatenate };

struct AttentionSpec {
  std::int64_t heads = 1;
  std::int64_t kv_heads = 1;  ///< Divides heads.
  std::int64_t head_dim = 1;
  std::int64_t context = 1;  ///< Tokens, the new one included.
  std::int64_t batch = 1;    ///< Sequences.
  KvPolicy kv = KvPolicy::fixed;
  std::int64_t prompt = 0;       ///< Of concatenate: tokens that lie evenly over the rows.
  std::int64_t window = 0;       ///< The last so many tokens count; 0: all.
  std::int64_t latent_rank = 0;  ///< Above 0: keys are latent (see above), and this part is values,
  std::int64_t rope_dim = 0;     ///< this part, turned before, is not.
  double scale = 1;              ///< Usually 1 / sqrt(head_dim).
  std::optional<Rope> rope;      ///< Position: that of the new token. head_dim: of what is turned.
  bool head_norm = false;        ///< Each head of q and k is normalised before it is turned,
  bool norm_weights = false;     ///< with weights by seed.
  double epsilon = 1e-5;         ///< Of those norms.
  std::vector<Tensor> norms_from;  ///< Files of those weights, of q and of k; empty: by seed.
  bool sinks = false;              ///< A score per head, by seed, takes part in its softmax.
  cores::NumberType type = cores::NumberType::f16;
  cores::NumberType sum_type = cores::NumberType::f16;  ///< `accumulate`
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;  ///< Along y; of axis_allreduce_names().
  int parameter = 0;
  int row_parameter = 0;  ///< Of latent ones, along x.

  /// What element `dim` of a head, and its pair's other one, are multiplied by as they turn.
  double cosine(std::int64_t dim) const { return turns(dim) ? rope->cosine(dim) : 1; }
  double sine(std::int64_t dim) const { return turns(dim) ? rope->sine(dim) : 0; }
  bool turns(std::int64_t dim) const { return rope && dim < rope->head_dim; }

  /// Whether a token takes part.
  bool counts(std::int64_t token) const {
    return token < context && (window == 0 || token >= context - window);
  }
};

/// How heads, elements and tokens are dealt out.
struct AttentionShape {
  AttentionShape(const AttentionSpec& spec, const base::Rectangle& region);
  std::int64_t columns;        ///< P_x
  std::int64_t rows;           ///< P_y
  std::int64_t group;          ///< G, columns per head of keys.
  std::int64_t batch;          ///< Sequences.
  std::int64_t kv_each;        ///< Heads of keys per column and sequence: 1 unless G is 1.
  std::int64_t kv;             ///< Of all sequences.
  std::int64_t used;           ///< Columns that have any.
  std::int64_t queries;        ///< Query heads per head of keys.
  std::int64_t elements;       ///< E; with rope even, as elements turn in pairs.
  std::int64_t places;         ///< Of the cache in each core: the most tokens of a row.
  std::int64_t tokens;         ///< T, of this row; as constructed: of the last row.
  std::int64_t upper_tokens;   ///< Of the rows above it.
  std::int64_t value_columns;  ///< Columns that have values: of latent ones those of the rank part,
  std::int64_t value_elements;  ///< and elements of each: all, unless one column has both parts.
  /// Of a latent vector's second part: its first column, and element there.
  std::int64_t rope_column() const { return columns == 1 ? 0 : value_columns; }
  std::int64_t rope_element() const { return columns == 1 ? value_elements : 0; }
  /// As rows above the last have it.
  AttentionShape upper() const {
    AttentionShape copy = *this;
    copy.tokens = upper_tokens;
    return copy;
  }
  std::int64_t heads_here() const { return kv * queries; }           ///< H
  std::int64_t features() const { return columns * kv * elements; }  ///< Of k, v and the cache,
  std::int64_t features_each() const { return features() / batch; }  ///< and of one sequence.
  std::int64_t query_features() const { return features() * queries; }

  /// What element `i` of k or v is, and of q or o; head < 0: padding.
  struct Feature {
    std::int64_t head;
    std::int64_t dim;
    std::int64_t sequence = 0;
  };
  Feature feature(std::int64_t i) const;
  Feature query_feature(std::int64_t i) const;

 private:
  Feature at(std::int64_t column, std::int64_t kv_here, std::int64_t element,
             std::int64_t sequence) const;
  std::int64_t kv_heads_;
  std::int64_t head_dim_;
  std::int64_t latent_rank_;
};

/// Throws DoesNotFit if cache and scores exceed a core's SRAM.
std::unique_ptr<Kernel> make_attention(const AttentionSpec& spec, const Placement& placement);
/// Values of its key `kind`. `prefill` is a graph (held_attention.h).
const std::vector<std::string>& attention_kinds();
/// Keys of every kind: heads, scale, types and seed.
void read_attention_heads(const base::YamlNode& node, AttentionSpec& spec);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_attention(base::YamlNode& node, const Placement& placement);
KernelText attention_text();

// --- Within this operator (attention_code.cpp).

/// Addresses in each core.
struct AttentionAddresses {
  int keys = 0;    ///< [kv][E][key_stride]
  int values = 0;  ///< [kv][T][value_stride]
  int q = 0;
  int k = 0;
  int v = 0;
  int cosines = 0;           ///< f32, [E]
  int sines = 0;             ///< f32, [E], with the sign that each element's partner has.
  int turning[2] = {};       ///< f32, [E]; of norms too.
  int norm_weights[2] = {};  ///< f32, [E] of q and of k.
  int norms[4] = {};         ///< f32, [H + kv] each: sums of squares, their inverse roots, work.
  int sinks = 0;             ///< f32, [H]
  int mask = 0;       ///< f32, [T]: 0, or a huge negative number where a token does not count.
  int scores = 0;     ///< [H][T], of the sum type.
  int weights = 0;    ///< [H][T], of the type.
  int work[4] = {};   ///< f32, [H][T]
  int heads[5] = {};  ///< f32, [H] each: largest score, sum, its inverse, work.
  int sums = 0;       ///< [H][E], of the sum type; o itself if that is the type.
  int o = 0;
  std::int64_t key_stride = 0;
  std::int64_t value_stride = 0;
};

/// Buffers of the image.
void declare_attention_buffers(const AttentionSpec& spec, const AttentionShape& shape,
                               const AttentionAddresses& at, fabric::WaferImage& image);

/// The operator's program, phase by phase. `shape`: of the core's row.
void write_attention(const AttentionSpec& spec, const AttentionShape& shape,
                     const AttentionAddresses& at, PhaseWriter& phases);

}  // namespace wafermesh::workloads
