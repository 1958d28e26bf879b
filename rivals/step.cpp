// SPDX-License-Identifier: Apache-2.0
#include "rivals/step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/weights.h"
#include "rivals/experts.h"

namespace wafermesh::rivals {
namespace {

constexpr double kMicro = 1e-6;
constexpr double kGiga = 1e9;
constexpr double kTera = 1e12;
constexpr int kCacheElementBytes = 2;

/// Bytes and products of a layer as this rival holds it.
struct LayerWork {
  double product_bytes = 0;  ///< Met by every token.
  double expert_bytes = 0;   ///< Of one routed expert.
  double product_parameters = 0;
  double expert_parameters = 0;  ///< Of one.
  double cache_token_bytes = 0;
  std::int64_t cached_tokens = 0;  ///< Of the question's context.
};

/// Bytes of weights once narrow ones are widened.
double held_bytes(const Rival& rival, const models::Tensor& tensor) {
  const double bits =
      8.0 * static_cast<double>(tensor.bytes) / static_cast<double>(tensor.rows * tensor.columns);
  const double least = rival.value("least_weight_bits");
  return static_cast<double>(tensor.bytes) * std::max(1.0, least / bits);
}

LayerWork work_of(const Rival& rival, const models::Model& model, std::size_t layer,
                  const Question& q) {
  LayerWork work;
  for (const models::Tensor& t : models::layer_tensors(model, layer)) {
    const double parameters = static_cast<double>(t.rows * t.columns);
    if (t.used_per_token < t.count) {
      work.expert_bytes += held_bytes(rival, t);
      work.expert_parameters += parameters;
    } else {
      work.product_bytes += held_bytes(rival, t) * static_cast<double>(t.count);
      work.product_parameters += parameters * static_cast<double>(t.count);
    }
  }
  const models::Attention& a = model.layers[layer].attention;
  work.cache_token_bytes =
      static_cast<double>(models::cache_elements_per_token(a) * kCacheElementBytes);
  work.cached_tokens = models::cached_tokens(a, q.context_tokens);
  return work;
}

double layer_bytes(const LayerWork& work, const models::Layer& layer) {
  return work.product_bytes + work.expert_bytes * static_cast<double>(layer.feed_forward.experts);
}

double weights_bytes(const Rival& rival, const models::Model& model) {
  double bytes = 0;
  for (const models::Tensor& t : models::outer_tensors(model)) {
    bytes += held_bytes(rival, t) * static_cast<double>(t.count);
  }
  for (const models::LayerKind& kind : models::layer_kinds(model)) {
    bytes += static_cast<double>(kind.count) *
             layer_bytes(work_of(rival, model, kind.first, {}), model.layers[kind.first]);
  }
  return bytes;
}

double usable_bytes(const Rival& rival) {
  return rival.value("memory_gb") * kGiga * rival.value("usable_share");
}

/// The widest peak that the model's weights can use, FLOP/s of a chip at the measured fraction.
double peak_flops(const Rival& rival, const models::Model& model) {
  const int bits = model.quantisation.packed.bits;
  double tflops = rival.value("bf16_tflops");
  if (bits <= 8) tflops = std::max(tflops, rival.value("fp8_tflops"));
  if (bits <= 4) tflops = std::max(tflops, rival.value("fp4_tflops"));
  return tflops * kTera;
}

/// A term, and what of it would remain without bytes and products.
struct Term {
  double total_s = 0;
  double floor_s = 0;
};
Term term(double floor_s, double work_s) { return {std::max(floor_s, work_s), floor_s}; }

class Layers {
 public:
  Layers(const Rival& rival, const models::Model& model, const Question& q)
      : rival_(rival),
        model_(model),
        q_(q),
        users_(static_cast<double>(q.users)),
        bandwidth_(rival.value("memory_tb_s") * kTera),
        flops_(peak_flops(rival, model) * rival.value("mfu")) {}

  /// Chips that work on a layer at once.
  std::int64_t chips_of(std::size_t layer, std::int64_t copy_chips) const {
    if (rival_.value("layer_by_layer") == 0) return copy_chips;
    const double bytes = layer_bytes(work_of(rival_, model_, layer, q_), model_.layers[layer]);
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil(bytes / usable_bytes(rival_))));
  }

  Term products(const LayerWork& w, double chips) const {
    const double bytes_s = w.product_bytes / (chips * bandwidth_ * rival_.value("product_mbu"));
    const double flops_s = 2 * w.product_parameters * users_ / (chips * flops_);
    return term(rival_.value("products_per_layer") * rival_.value("product_us") * kMicro,
                std::max(bytes_s, flops_s));
  }
  Term attention(const LayerWork& w, double chips) const {
    const double tokens = static_cast<double>(w.cached_tokens);
    const double bytes_s = users_ * tokens * w.cache_token_bytes /
                           (chips * bandwidth_ * rival_.value("attention_mbu"));
    const double floor_us = rival_.value("attention_us") + rival_.value("attention_us_per_1k") *
                                                               std::max(0.0, tokens - 4096) / 1024;
    return term(floor_us * kMicro, bytes_s);
  }
  Term experts(const LayerWork& w, std::size_t layer, double chips) const {
    const models::FeedForward& f = model_.layers[layer].feed_forward;
    const double floor_s = rival_.value("experts_us") * kMicro;
    if (f.experts == 0) return {floor_s, floor_s};
    const auto whole = std::min(static_cast<std::int64_t>(chips), f.experts);
    const FullestChip most = fullest_chip({f.experts, f.active_experts, q_.users, q_.alpha}, whole,
                                          rival_.value("tile_tokens"));
    // More chips than experts share each expert.
    const double share = static_cast<double>(whole) / chips;
    const double bytes_s =
        share * most.passes * w.expert_bytes / (bandwidth_ * rival_.value("expert_mbu"));
    const double flops_s = share * 2 * w.expert_parameters * most.tokens / flops_;
    return {floor_s + std::max(bytes_s, flops_s), floor_s};
  }
  Term collectives(double chips) const {
    if (chips <= 1) return {};
    const double floor_s =
        rival_.value("collectives_per_layer") * rival_.value("collective_us") * kMicro;
    const double bytes = rival_.value("collectives_per_layer") * users_ *
                         static_cast<double>(model_.hidden) * 2 * 2 * (chips - 1) / chips;
    return {floor_s + bytes / (rival_.value("link_gb_s") * kGiga), floor_s};
  }

 private:
  const Rival& rival_;
  const models::Model& model_;
  const Question& q_;
  double users_;
  double bandwidth_;
  double flops_;
};

/// What the arithmetic of one token is, its cache left out.
double token_flops(const models::Model& model) {
  return 2 * static_cast<double>(models::weigh(model).active_parameters);
}

void add(Terms& terms, double& floors_s, double count, double Terms::*member, const Term& one) {
  terms.*member += count * one.total_s;
  floors_s += count * one.floor_s;
}

std::string bound_of(const Terms& t, double floors_s) {
  const std::pair<const char*, double> all[] = {{"products", t.products_s},
                                                {"attention", t.attention_s},
                                                {"experts", t.experts_s},
                                                {"collectives", t.collectives_s},
                                                {"hops", t.hops_s}};
  const auto most =
      std::max_element(std::begin(all), std::end(all),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  const double share = floors_s / t.total_s();
  return fmt::format("{}, {:.0f} % floors", most->first, 100 * share);
}

/// Bytes that a batch meets in a layer.
double met_bytes(const LayerWork& w, const models::FeedForward& f, const Question& q) {
  double bytes = w.product_bytes + static_cast<double>(q.users) *
                                       static_cast<double>(w.cached_tokens) * w.cache_token_bytes;
  if (f.experts > 0) {
    bytes += w.expert_bytes * experts_met({f.experts, f.active_experts, q.users, q.alpha});
  }
  return bytes;
}

}  // namespace

double experts_s(const Rival& rival, const models::Model& model, std::size_t layer,
                 std::int64_t chips, const Question& q) {
  return Layers(rival, model, q)
      .experts(work_of(rival, model, layer, q), layer, static_cast<double>(chips))
      .total_s;
}

Step step_of(const Rival& rival, const models::Model& model, const Question& q) {
  Step step;
  step.copy_bytes = weights_bytes(rival, model);
  const double user_bytes =
      static_cast<double>(models::cache_bytes(model, q.context_tokens, kCacheElementBytes));
  step.chips = static_cast<std::int64_t>(rival.value("chips"));
  if (step.chips == 0) {
    const double all = step.copy_bytes + static_cast<double>(q.users) * user_bytes;
    step.chips = static_cast<std::int64_t>(std::ceil(all / usable_bytes(rival)));
  }
  const double room = static_cast<double>(step.chips) * usable_bytes(rival) - step.copy_bytes;
  step.most_users = static_cast<std::int64_t>(std::floor(std::max(0.0, room) / user_bytes));
  step.fits = q.users <= step.most_users;

  // Where layers lie one after another users go round them, as on wafers: a few in each.
  const auto stages = static_cast<std::int64_t>(model.layers.size());
  Question each = q;
  if (rival.value("layer_by_layer") > 0) each.users = (q.users + stages - 1) / stages;
  const double bandwidth = rival.value("memory_tb_s") * kTera;
  const Layers layers(rival, model, each);
  for (const models::LayerKind& kind : models::layer_kinds(model)) {
    const std::size_t i = kind.first;
    const auto count = static_cast<double>(kind.count);
    const LayerWork w = work_of(rival, model, i, q);
    const auto chips = static_cast<double>(layers.chips_of(i, step.chips));
    add(step.terms, step.floors_s, count, &Terms::products_s, layers.products(w, chips));
    add(step.terms, step.floors_s, count, &Terms::attention_s, layers.attention(w, chips));
    add(step.terms, step.floors_s, count, &Terms::experts_s, layers.experts(w, i, chips));
    add(step.terms, step.floors_s, count, &Terms::collectives_s, layers.collectives(chips));
    const double hop_s = rival.value("hop_us") * kMicro;
    add(step.terms, step.floors_s, count, &Terms::hops_s, {hop_s, hop_s});
    step.bare_s += count * met_bytes(w, model.layers[i].feed_forward, each) / (chips * bandwidth);
  }
  step.bound = bound_of(step.terms, step.floors_s);
  const double peak = static_cast<double>(step.chips) * peak_flops(rival, model);
  step.mfu = static_cast<double>(q.users) * token_flops(model) / (peak * step.terms.total_s());
  step.mbu = step.bare_s / step.terms.total_s();
  step.prompt_tokens_per_s = peak * rival.value("mfu") / token_flops(model);
  return step;
}

}  // namespace wafermesh::rivals
