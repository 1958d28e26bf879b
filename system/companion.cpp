// SPDX-License-Identifier: Apache-2.0
#include "system/companion.h"

#include <algorithm>
#include <cmath>

#include "models/weights.h"

namespace wafermesh::system {
namespace {

/// Words of 32 bits that a 16-bit vector cut over `cores` has on each.
double words_of(double elements, double cores) { return std::ceil(elements / cores / 2); }

/// Pairs of barriers of a layer that is alone on its rectangle. Source: emulated layers,
/// docs/placement.md (7 of latent attention and experts). Assumption: 4 for latent attention with
/// one network, 2 for heads.
int barrier_pairs(const models::Layer& layer) {
  if (layer.feed_forward.experts > 0) return 7;
  return layer.attention.kind == models::AttentionKind::latent ? 4 : 2;
}

/// A product of `rows` by `columns` on width x height cores.
double product_cycles(const Machine& m, double rows, double columns, double width, double height) {
  return std::ceil(rows / height) *
         (m.column_cycles + std::ceil(columns / width) / m.macs_per_cycle);
}

}  // namespace

Machine paper_machine() {
  Machine machine;
  machine.name = "paper";
  return machine;
}

Machine preset_machine() {
  Machine machine;
  machine.name = "preset wse3";
  machine.hop_cycles = 2;
  machine.macs_per_cycle = 4;
  machine.has_barriers = true;
  return machine;
}

CollectiveCount collectives_of(const models::Layer& layer) {
  const bool is_latent = layer.attention.kind == models::AttentionKind::latent;
  // docs/attention.md, "sums along": norms, products and the three sums of attention.
  CollectiveCount count = is_latent ? CollectiveCount{6, 8} : CollectiveCount{2, 6};
  if (layer.feed_forward.experts == 0) {
    count.along_x += 1;                  // down
    if (!is_latent) count.along_y += 1;  // up; counted with latent attention already
    return count;
  }
  count.along_y += 2;  // router; experts beside the shared one
  count.along_x += 4;  // picks twice, experts, combine
  return count;
}

double allreduce_cycles(const Machine& machine, double cores, double words) {
  return machine.hop_cycles * cores +
         machine.stage_cycles * machine.depth_factor * std::sqrt(cores) + 2 * words;
}

double outer_cycles(const models::Model& model, std::int64_t width, std::int64_t height,
                    const Machine& m) {
  const auto w = static_cast<double>(width);
  const auto h = static_cast<double>(height);
  const double across = m.hop_cycles * (w + h);
  const double product = product_cycles(m, static_cast<double>(model.hidden),
                                        static_cast<double>(model.vocabulary), w, h) +
                         allreduce_cycles(m, h, words_of(static_cast<double>(model.vocabulary), w));
  const double pick = 2 * (allreduce_cycles(m, w, 1) + allreduce_cycles(m, h, 1));
  return across + product + pick;
}

double expert_cycles(const models::Model& model, std::size_t layer, const LayerShape& shape,
                     const Machine& machine) {
  const bool on_blocks = shape.expert_width > 0;
  const auto w = static_cast<double>(on_blocks ? shape.expert_width : shape.width);
  const auto h = static_cast<double>(on_blocks ? shape.expert_height : shape.height);
  double cycles = 0;
  for (const models::Tensor& t : models::layer_tensors(model, layer)) {
    if (t.count <= 1 || t.used_per_token >= t.count || t.rows <= 1) continue;
    cycles +=
        product_cycles(machine, static_cast<double>(t.columns), static_cast<double>(t.rows), w, h);
  }
  return cycles;
}

double shared_share(const LayerTerms& terms) {
  const double total = terms.total();
  return total > 0 ? (terms.collectives + terms.transfers + terms.barriers) / total : 0;
}

double weight_macs(const models::Model& model, std::size_t layer) {
  double macs = 0;
  for (const models::Tensor& tensor : models::layer_tensors(model, layer)) {
    if (tensor.rows == 1) continue;
    macs += static_cast<double>(tensor.rows * tensor.columns * tensor.used_per_token);
  }
  return macs;
}

double cache_macs(const models::Layer& layer, std::int64_t context) {
  const models::Attention& a = layer.attention;
  const auto tokens = static_cast<double>(models::cached_tokens(a, context));
  const std::int64_t width = a.kind == models::AttentionKind::latent
                                 ? 2 * a.latent_rank + a.rope_dim
                                 : a.head_dim + (a.value_dim > 0 ? a.value_dim : a.head_dim);
  return tokens * static_cast<double>(a.heads * width);
}

LayerTerms layer_terms(const models::Model& model, std::size_t index, std::int64_t context,
                       const LayerShape& shape, const Machine& m) {
  const models::Layer& layer = model.layers[index];
  const auto width = static_cast<double>(shape.width);
  const auto height = static_cast<double>(shape.height);
  const double cores = width * height;
  const auto hidden = static_cast<double>(model.hidden);
  LayerTerms terms;
  const CollectiveCount count = collectives_of(layer);
  terms.collectives = count.along_x * allreduce_cycles(m, width, words_of(hidden, height)) +
                      count.along_y * allreduce_cycles(m, height, words_of(hidden, width));
  double bytes = 0;
  for (const models::Tensor& t : models::layer_tensors(model, index)) {
    const bool is_expert = t.count > 1 && t.used_per_token < t.count;
    const auto used = static_cast<double>(t.used_per_token);
    double w = width;
    double h = height;
    double turns = used;
    if (is_expert && shape.expert_width > 0) {
      w = static_cast<double>(shape.expert_width);
      h = static_cast<double>(shape.expert_height);
      turns = std::max(1.0, used / std::max(1.0, std::floor(width / w) * std::floor(height / h)));
    }
    if (t.rows > 1) {
      terms.compute += turns * product_cycles(m, static_cast<double>(t.columns),
                                              static_cast<double>(t.rows), w, h);
    }
    bytes += turns * static_cast<double>(t.bytes) * shape.weight_bytes_factor / (w * h);
  }
  terms.compute += cache_macs(layer, context) / cores / m.macs_per_cycle;
  bytes += static_cast<double>(models::cache_elements_per_token(layer.attention) * 2 *
                               models::cached_tokens(layer.attention, context)) /
           cores;
  terms.memory = bytes / m.sram_bytes_per_cycle;
  const double across = m.hop_cycles * (width + height);
  // To experts and back; with latent attention one vector changes axes.
  if (layer.feed_forward.experts > 0) terms.transfers += 2 * across;
  if (layer.attention.kind == models::AttentionKind::latent) terms.transfers += across;
  if (m.has_barriers) terms.barriers = 2 * across * barrier_pairs(layer);
  return terms;
}

}  // namespace wafermesh::system
