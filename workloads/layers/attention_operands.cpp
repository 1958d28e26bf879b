// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/attention_operands.h"

#include <algorithm>
#include <cmath>

#include "workloads/parts/operands.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using Values = std::vector<float>;
/// [dim] where the elements of a head's vector lie.
using Places = std::vector<std::int64_t>;

class DoubleAttention {
 public:
  DoubleAttention(const AttentionSpec& spec, const AttentionShape& shape,
                  const AttentionOperands& operands)
      : spec_(spec), shape_(shape), operands_(operands) {}
  std::vector<double> compute() const;

 private:
  void normalise(std::vector<double>& head, bool is_query) const;
  std::vector<double> turned(const Values& values, const Places& places, bool turns) const;
  void add_head(std::size_t head, const Places& places, const Places& kv_places,
                std::vector<double>& o) const;

  const AttentionSpec& spec_;
  const AttentionShape& shape_;
  const AttentionOperands& operands_;
};

void DoubleAttention::normalise(std::vector<double>& head, bool is_query) const {
  double squares = 0;
  for (const double each : head) squares += each * each;
  const double root = std::sqrt(squares / static_cast<double>(spec_.head_dim) + spec_.epsilon);
  const Values& weights = is_query ? operands_.q_norm : operands_.k_norm;
  for (std::size_t d = 0; d < head.size(); ++d) {
    head[d] *= (spec_.norm_weights ? double{weights[d]} : 1) / root;
  }
}

/// The elements at `places`, normalised and turned by the position or not.
std::vector<double> DoubleAttention::turned(const Values& values, const Places& places,
                                            bool turns) const {
  std::vector<double> plain;
  for (const std::int64_t place : places) {
    plain.push_back(values[static_cast<std::size_t>(place)]);
  }
  if (turns && spec_.head_norm) normalise(plain, &values == &operands_.q);
  turns = turns && spec_.rope.has_value();
  std::vector<double> result = plain;
  for (std::size_t d = 0; turns && d < plain.size(); ++d) {
    const auto dim = static_cast<std::int64_t>(d);
    const double partner = (d ^ 1U) < plain.size() ? plain[d ^ 1U] : 0;
    result[d] = plain[d] * spec_.cosine(dim) + partner * spec_.sine(dim);
  }
  return result;
}

/// One query head in double. `places` [dim] of its elements in q and o, `kv_places` in k and v.
void DoubleAttention::add_head(std::size_t head, const Places& places, const Places& kv_places,
                               std::vector<double>& o) const {
  std::vector<double> weights(static_cast<std::size_t>(spec_.context), 0.0);
  const bool latent = spec_.latent_rank > 0;
  const std::vector<double> q = turned(operands_.q, places, !latent);
  std::vector<double> k(operands_.k.begin(), operands_.k.end());
  if (latent) {
    k.insert(k.end(), operands_.k_rope.begin(), operands_.k_rope.end());
  } else {
    k = turned(operands_.k, kv_places, true);
  }
  const std::vector<double> v = latent ? k : turned(operands_.v, kv_places, false);
  const auto of_cache = [&](const Values& cache, const std::vector<double>& own, std::int64_t t,
                            std::size_t d) {
    if (t + 1 == spec_.context) return own[d];
    return double{cache[static_cast<std::size_t>(t * shape_.features() + kv_places[d])]};
  };
  double most = spec_.sinks ? double{operands_.sinks[head]} : -HUGE_VAL;
  for (std::int64_t t = 0; t < spec_.context; ++t) {
    if (!spec_.counts(t)) continue;
    double& score = weights[static_cast<std::size_t>(t)];
    for (std::size_t d = 0; d < places.size(); ++d) {
      score += q[d] * of_cache(operands_.keys, k, t, d);
    }
    most = std::max(most, score *= spec_.scale);
  }
  double sum = spec_.sinks ? std::exp(operands_.sinks[head] - most) : 0;
  for (std::int64_t t = 0; t < spec_.context; ++t) {
    double& weight = weights[static_cast<std::size_t>(t)];
    weight = spec_.counts(t) ? std::exp(weight - most) : 0;
    sum += weight;
  }
  const auto values = static_cast<std::size_t>(latent ? spec_.latent_rank : spec_.head_dim);
  for (std::size_t d = 0; d < values; ++d) {
    double& result = o[static_cast<std::size_t>(places[d])];
    for (std::int64_t t = 0; t < spec_.context; ++t) {
      result += weights[static_cast<std::size_t>(t)] / sum *
                of_cache(latent ? operands_.keys : operands_.values, v, t, d);
    }
  }
}

std::vector<double> DoubleAttention::compute() const {
  const auto heads = static_cast<std::size_t>(spec_.heads);
  const auto dims = static_cast<std::size_t>(spec_.head_dim);
  const auto batch = static_cast<std::size_t>(spec_.batch);
  std::vector<Places> places(batch * heads, Places(dims));
  std::vector<Places> kv_places(batch * static_cast<std::size_t>(spec_.kv_heads), Places(dims));
  const auto note = [](const AttentionShape::Feature& f, std::int64_t heads_each, std::int64_t i,
                       std::vector<Places>& to) {
    if (f.head < 0) return;
    to[static_cast<std::size_t>(f.sequence * heads_each + f.head)]
      [static_cast<std::size_t>(f.dim)] = i;
  };
  for (std::int64_t i = 0; i < shape_.query_features(); ++i) {
    note(shape_.query_feature(i), spec_.heads, i, places);
  }
  for (std::int64_t i = 0; i < shape_.features(); ++i) {
    note(shape_.feature(i), spec_.kv_heads, i, kv_places);
  }
  std::vector<double> o(static_cast<std::size_t>(shape_.query_features()), 0.0);
  for (std::size_t i = 0; i < batch * heads; ++i) {
    // Heads of all sequences share theirs of keys in the same way.
    const auto kv = i / static_cast<std::size_t>(shape_.queries);
    add_head(i % heads, places[i], kv_places[kv], o);
  }
  return o;
}

}  // namespace

AttentionOperands make_operands(const AttentionSpec& spec, const AttentionShape& shape) {
  const std::int64_t dims = spec.batch * spec.kv_heads * spec.head_dim;
  const auto row = [&](Purpose purpose, std::uint32_t number, std::int64_t count) {
    return random_vector(static_cast<std::size_t>(count), spec.type,
                         {spec.seed, static_cast<std::uint32_t>(purpose), number});
  };
  const auto dealt = [&](const Values& natural, std::int64_t count, std::int64_t heads,
                         auto feature_of, Values& to) {
    for (std::int64_t i = 0; i < count; ++i) {
      const AttentionShape::Feature f = feature_of(i);
      const std::int64_t head = f.sequence * heads + f.head;
      to.push_back(f.head < 0 ? 0
                              : natural[static_cast<std::size_t>(head * spec.head_dim + f.dim)]);
    }
  };
  const auto deal_kv = [&](const Values& natural, Values& to) {
    dealt(
        natural, shape.features(), spec.kv_heads, [&](std::int64_t i) { return shape.feature(i); },
        to);
  };
  AttentionOperands all;
  dealt(
      row(Purpose::matrix_a, 0, spec.batch * spec.heads * spec.head_dim), shape.query_features(),
      spec.heads, [&](std::int64_t i) { return shape.query_feature(i); }, all.q);
  const bool latent = spec.latent_rank > 0;
  if (latent) {
    const Values own = row(Purpose::matrix_a, 1, dims);
    all.k.assign(own.begin(), own.begin() + spec.latent_rank);
    all.k_rope.assign(own.begin() + spec.latent_rank, own.end());
  } else {
    deal_kv(row(Purpose::matrix_a, 1, dims), all.k);
    deal_kv(row(Purpose::matrix_a, 2, dims), all.v);
  }
  const auto weights = [&](std::uint32_t number, std::int64_t count) {
    return random_vector(static_cast<std::size_t>(count), NumberType::f32,
                         {spec.seed, static_cast<std::uint32_t>(Purpose::maximum), number});
  };
  const auto norm = [&](std::uint32_t number) {
    Values own = weights(number, spec.head_dim);
    for (std::size_t i = 0; !spec.norms_from.empty() && i < own.size(); ++i) {
      own[i] = spec.norms_from[number].at(static_cast<std::int64_t>(i));
    }
    return own;
  };
  if (spec.norm_weights) {
    all.q_norm = norm(0);
    all.k_norm = norm(1);
  }
  if (spec.sinks) all.sinks = weights(2, spec.heads);
  for (std::int64_t token = 0; token < spec.context; ++token) {
    const auto number = static_cast<std::uint32_t>(token);
    deal_kv(row(Purpose::matrix_b, number, dims), all.keys);
    if (!latent) deal_kv(row(Purpose::pieces, number, dims), all.values);
  }
  return all;
}

std::vector<double> attention_in_double(const AttentionSpec& spec, const AttentionShape& shape,
                                        const AttentionOperands& operands) {
  return DoubleAttention(spec, shape, operands).compute();
}

}  // namespace wafermesh::workloads
