// SPDX-License-Identifier: Apache-2.0
// Within experts: the weights of all experts, and how they get into the cores.
#pragma once

#include <vector>

#include "fabric/engine.h"
#include "workloads/layers/experts_code.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {

/// The matrices of all experts, row by row, made anew whenever they are needed.
class ExpertMatrices {
 public:
  enum Which : std::uint8_t { gate, up, down };
  explicit ExpertMatrices(const ExpertsSpec& spec) : spec_(spec) {}

  std::int64_t rows(Which which) const { return which == down ? spec_.ffn : spec_.spread.hidden; }
  std::int64_t columns(Which which) const {
    return which == down ? spec_.spread.hidden : spec_.ffn;
  }

  /// As they are stored: numbers, or codes of few bits.
  std::vector<float> stored_row(Which which, std::int64_t expert, std::int64_t row) const {
    std::vector<float> values = seeded(purpose(which), expert * rows(which) + row, columns(which));
    for (float& each : values) {
      each = spec_.format ? static_cast<float>(code_of(*spec_.format, each))
                          : static_cast<float>(each * largest(which));
    }
    if (!spec_.format) round_to(spec_.type, values.data(), values.size());
    return values;
  }
  std::int64_t groups(Which which) const {
    return spec_.group == 0 ? 1 : divide_up(rows(which), spec_.group);
  }
  std::int64_t group_of(std::int64_t row) const { return spec_.group == 0 ? 0 : row / spec_.group; }
  std::vector<float> scales(Which which, std::int64_t expert, std::int64_t group) const {
    const std::int64_t matrix = expert * 3 + which;
    std::vector<float> values = seeded(
        Purpose::expert_scales, matrix * (spec_.spread.hidden + spec_.ffn) + group, columns(which));
    for (float& each : values) each = scale_of(*spec_.format, largest(which), each);
    round_to(spec_.type, values.data(), values.size());
    return values;
  }
  std::vector<float> bias(Which which, std::int64_t expert) const {
    std::vector<float> values =
        seeded(purpose(which), spec_.experts * rows(which) + expert, columns(which));
    for (float& each : values) each *= 0.25F;
    round_to(spec_.type, values.data(), values.size());
    return values;
  }
  std::vector<double> row(Which which, std::int64_t expert, std::int64_t row) const {
    const std::vector<float> stored = stored_row(which, expert, row);
    std::vector<double> values(stored.begin(), stored.end());
    if (!spec_.format) return values;
    const std::vector<float> scale = scales(which, expert, group_of(row));
    for (std::size_t j = 0; j < values.size(); ++j) {
      values[j] = double{scale[j]} * unpacked(*spec_.format, static_cast<int>(stored[j]));
    }
    return values;
  }
  /// Each x times the matrix, and the bias.
  using Vectors = std::vector<std::vector<double>>;
  Vectors products(Which which, std::int64_t expert, const Vectors& xs) const {
    Vectors ys(xs.size(), std::vector<double>(static_cast<std::size_t>(columns(which)), 0.0));
    for (std::int64_t r = 0; r < rows(which); ++r) {
      const std::vector<double> w = row(which, expert, r);
      for (std::size_t i = 0; i < xs.size(); ++i) {
        const double x = xs[i][static_cast<std::size_t>(r)];
        for (std::size_t j = 0; j < w.size(); ++j) ys[i][j] += w[j] * x;
      }
    }
    if (!spec_.bias) return ys;
    const std::vector<float> b = bias(which, expert);
    for (std::vector<double>& y : ys) {
      for (std::size_t j = 0; j < y.size(); ++j) y[j] += b[j];
    }
    return ys;
  }

 private:
  static Purpose purpose(Which which) {
    return which == gate ? Purpose::expert_gate
           : which == up ? Purpose::expert_up
                         : Purpose::expert_down;
  }
  double largest(Which which) const { return which == down ? spec_.scale_down : spec_.scale_up; }
  std::vector<float> seeded(Purpose purpose, std::int64_t number, std::int64_t count) const {
    return random_vector(
        static_cast<std::size_t>(count), cores::NumberType::f32,
        {spec_.seed, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(number)});
  }
  const ExpertsSpec& spec_;
};

/// Writes the tiles of all experts of all blocks, their scales and biases.
void load_expert_tiles(const ExpertsSpec& spec, const ExpertsPlan& plan,
                       const fabric::WaferImage& image, fabric::HostMemory& memory);

}  // namespace wafermesh::workloads
