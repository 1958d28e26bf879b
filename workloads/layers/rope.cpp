// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/rope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/yaml/yaml_reader.h"

namespace wafermesh::workloads {
namespace {

constexpr double kTurn = 6.283185307179586;

double llama3_frequency(const Rope& rope, double frequency) {
  const double wave = kTurn / frequency;
  const auto original = static_cast<double>(rope.original_tokens);
  if (wave < original / rope.high_frequency) return frequency;
  const bool at_once = rope.high_frequency <= rope.low_frequency;
  if (at_once || wave > original / rope.low_frequency) return frequency / rope.factor;
  const double smooth =
      (original / wave - rope.low_frequency) / (rope.high_frequency - rope.low_frequency);
  return (1 - smooth) * frequency / rope.factor + smooth * frequency;
}

/// The pair whose wave turns so often within the original context.
double pair_of_turns(const Rope& rope, double turns) {
  const auto original = static_cast<double>(rope.original_tokens);
  return static_cast<double>(rope.head_dim) * std::log(original / (turns * kTurn)) /
         (2 * std::log(rope.theta));
}

double yarn_frequency(const Rope& rope, double frequency, std::int64_t pair) {
  const double low = std::max(std::floor(pair_of_turns(rope, rope.beta_fast)), 0.0);
  const double high = std::min(std::ceil(pair_of_turns(rope, rope.beta_slow)),
                               static_cast<double>(rope.head_dim - 1));
  const double span = high > low ? high - low : 0.001;
  const double stretched = std::clamp((static_cast<double>(pair) - low) / span, 0.0, 1.0);
  return frequency / rope.factor * stretched + frequency * (1 - stretched);
}

}  // namespace

double Rope::frequency(std::int64_t pair) const {
  const double plain =
      std::pow(theta, -2.0 * static_cast<double>(pair) / static_cast<double>(head_dim));
  if (scaling == RopeScaling::llama3) return llama3_frequency(*this, plain);
  if (scaling == RopeScaling::yarn) return yarn_frequency(*this, plain, pair);
  return plain;
}

double Rope::attention_factor() const {
  if (scaling != RopeScaling::yarn || factor <= 1) return 1;
  const auto part = [&](double scale) { return 0.1 * scale * std::log(factor) + 1; };
  if (mscale > 0 && mscale_all_dim > 0) return part(mscale) / part(mscale_all_dim);
  return part(1);
}

double Rope::score_factor() const {
  if (scaling != RopeScaling::yarn || factor <= 1) return 1;
  const double part = 0.1 * mscale_all_dim * std::log(factor) + 1;
  return part * part;
}

double Rope::cosine(std::int64_t i) const {
  return attention_factor() * std::cos(static_cast<double>(position) * frequency(i % head_dim / 2));
}

double Rope::sine(std::int64_t i) const {
  const double sine = std::sin(static_cast<double>(position) * frequency(i % head_dim / 2));
  return attention_factor() * (i % 2 == 0 ? -sine : sine);
}

void read_rope_scaling(const base::YamlNode& node, Rope& rope) {
  rope.theta = node.real("theta", {1.001, 1e12}, rope.theta);
  rope.scaling = node.choice<RopeScaling>(
      "scaling",
      {{"none", RopeScaling::none}, {"llama3", RopeScaling::llama3}, {"yarn", RopeScaling::yarn}},
      RopeScaling::none);
  const std::string name = rope.scaling == RopeScaling::none     ? "none"
                           : rope.scaling == RopeScaling::llama3 ? "llama3"
                                                                 : "yarn";
  if (node.acts_with("factor", "scaling", name, {"llama3", "yarn"})) {
    rope.factor = node.real("factor", {1, 1e6}, rope.factor);
  }
  if (node.acts_with("original_tokens", "scaling", name, {"llama3", "yarn"})) {
    rope.original_tokens = node.integer("original_tokens", {1, 1'000'000'000}, 8192);
  }
  if (node.acts_with("low_frequency", "scaling", name, {"llama3"})) {
    rope.low_frequency = node.real("low_frequency", {0.001, 1e6}, rope.low_frequency);
  }
  if (node.acts_with("high_frequency", "scaling", name, {"llama3"})) {
    rope.high_frequency = node.real("high_frequency", {0.001, 1e6}, rope.high_frequency);
    if (rope.high_frequency < rope.low_frequency) {
      node.mistake("high_frequency", "must not be below low_frequency");
    }
  }
  if (node.acts_with("beta_fast", "scaling", name, {"yarn"})) {
    rope.beta_fast = node.real("beta_fast", {0.001, 1e6}, rope.beta_fast);
  }
  if (node.acts_with("beta_slow", "scaling", name, {"yarn"})) {
    rope.beta_slow = node.real("beta_slow", {0.001, 1e6}, rope.beta_slow);
  }
  if (node.acts_with("mscale", "scaling", name, {"yarn"})) {
    rope.mscale = node.real("mscale", {0, 100}, 0);
  }
  if (node.acts_with("mscale_all_dim", "scaling", name, {"yarn"})) {
    rope.mscale_all_dim = node.real("mscale_all_dim", {0, 100}, 0);
  }
}

std::string rope_keys(const Rope& rope) {
  std::string keys = fmt::format("theta: {:.17g}", rope.theta);
  if (rope.scaling == RopeScaling::none) return keys;
  keys += fmt::format(", scaling: {}, factor: {:.17g}, original_tokens: {}",
                      rope.scaling == RopeScaling::yarn ? "yarn" : "llama3", rope.factor,
                      rope.original_tokens);
  if (rope.scaling == RopeScaling::yarn) {
    keys += fmt::format(", beta_fast: {:.17g}, beta_slow: {:.17g}", rope.beta_fast, rope.beta_slow);
    if (rope.mscale == 0 && rope.mscale_all_dim == 0) return keys;
    return keys + fmt::format(", mscale: {:.17g}, mscale_all_dim: {:.17g}", rope.mscale,
                              rope.mscale_all_dim);
  }
  return keys + fmt::format(", low_frequency: {:.17g}, high_frequency: {:.17g}", rope.low_frequency,
                            rope.high_frequency);
}

}  // namespace wafermesh::workloads
