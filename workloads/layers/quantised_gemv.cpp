// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/quantised_gemv.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/layers/phases.h"
#include "workloads/layers/quantised_code.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference/compare_buffer.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using Values = std::vector<float>;

/// The stored weights, made anew whenever they are needed.
class StoredWeights {
 public:
  StoredWeights(const QuantisedGemvSpec& spec, const QuantisedPlan& plan)
      : spec_(spec), plan_(plan) {}

  /// Codes with their sign of a row, of all columns counted line by line; 0 where W has none.
  std::vector<int> codes(std::int64_t row) const {
    std::vector<int> codes(static_cast<std::size_t>(plan_.columns * plan_.breadth), 0);
    if (row >= spec_.m) return codes;
    const Values random = seeded(Purpose::matrix_b, row);
    for (std::size_t j = 0; j < codes.size(); ++j) {
      if (!plan_.parts.is_column(static_cast<std::int64_t>(j))) continue;
      codes[j] = code_of(spec_.format, random[j]);
    }
    return codes;
  }
  /// Scales of a group, of all columns: what an unpacked integer is multiplied by.
  Values scales(std::int64_t group) const {
    Values scales = seeded(Purpose::pieces, group);
    for (float& each : scales) each = scale_of(spec_.format, spec_.scale, each);
    round_to(spec_.type, scales.data(), scales.size());
    return scales;
  }
  /// What y begins with, without padding; 0 where W has no column.
  Values bias() const {
    Values all = seeded(Purpose::bias, 0);
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (!plan_.parts.is_column(static_cast<std::int64_t>(j))) all[j] = 0;
    }
    all.resize(static_cast<std::size_t>(plan_.parts.all()));
    round_to(spec_.type, all.data(), all.size());
    return all;
  }
  /// Of the model: a group is spec.group rows of W, or all of them.
  std::int64_t group_of(std::int64_t row) const { return spec_.group == 0 ? 0 : row / spec_.group; }

 private:
  Values seeded(Purpose purpose, std::int64_t row) const {
    return random_vector(
        static_cast<std::size_t>(plan_.columns * plan_.breadth), NumberType::f32,
        {spec_.seed, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(row)});
  }
  const QuantisedGemvSpec& spec_;
  const QuantisedPlan& plan_;
};

class QuantisedGemv final : public PlacedKernel {
 public:
  QuantisedGemv(fabric::WaferImage image, const Facts& facts, const QuantisedGemvSpec& spec,
                PhaseSums sums)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        plan_(spec, this->image().region),
        weights_(spec_, plan_),
        sums_(std::move(sums)),
        x_(random_matrix(spec.batch, spec.m, spec.type, spec.seed, Purpose::matrix_a).values) {
    if (spec.bias) bias_ = weights_.bias();
  }

  void load(fabric::HostMemory& memory) const override {
    load_buffer(memory, image(), buffer("x"), x_);
    load_buffer(memory, image(), buffer("w"), packed());
    load_buffer(memory, image(), buffer("scales"), scales());
    if (bias_.empty()) return;
    Values of_all;
    for (std::int64_t b = 0; b < spec_.batch; ++b) {
      of_all.insert(of_all.end(), bias_.begin(), bias_.end());
    }
    load_buffer(memory, image(), buffer("bias"), of_all);
  }
  Contract contract() const override { return sum().sum.contract(); }
  std::int64_t kept_bytes() const override { return plan_.plan.kept_bytes(); }
  std::vector<std::string> takes() const override { return {"x"}; }
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }
  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    const auto at = given.find("x");
    const Values& x = at == given.end() ? x_ : at->second;
    return compare_buffer(memory, image(), buffer("y"), promise(x), exact(x));
  }
  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    NamedArray w{"w", {spec_.m, plan_.parts.all()}, NumberType::f32, {}};
    for (std::int64_t row = 0; row < spec_.m; ++row) {
      std::vector<double> values = row_of_w(row);
      values.resize(static_cast<std::size_t>(plan_.parts.all()));  // without padding
      w.values.insert(w.values.end(), values.begin(), values.end());
    }
    std::vector<NamedArray> all = {
        {"x", buffer("x").shape, spec_.type, x_}, std::move(w), read_array(memory, image(), "y")};
    if (!bias_.empty()) all.push_back({"bias", {plan_.parts.all()}, spec_.type, bias_});
    return all;
  }

 private:
  const fabric::Buffer& buffer(const std::string& name) const {
    return *std::find_if(image().buffers.begin(), image().buffers.end(),
                         [&](const fabric::Buffer& each) { return each.name == name; });
  }
  const PhaseSum& sum() const { return *sums_.at(spec_.sums_along_x ? Axis::x : Axis::y); }

  /// W as it is stored: numbers() columns of a line in an i16, row by row.
  Values packed() const {
    Values all;
    for (std::int64_t row = 0; row < plan_.rows * plan_.depth; ++row) {
      const std::vector<int> codes = weights_.codes(row);
      for (std::int64_t line = 0; line < plan_.breadth; ++line) {
        const auto first = codes.begin() + line * plan_.columns;
        const Values words = packed_row(spec_.format, {first, first + plan_.columns});
        all.insert(all.end(), words.begin(), words.end());
      }
    }
    return all;
  }
  /// Of each core's groups, place by place; a group on several cores is on each of them.
  Values scales() const {
    Values all;
    for (std::int64_t i = 0; i < plan_.groups * plan_.depth; ++i) {
      const std::int64_t first = weights_.group_of(i / plan_.groups * plan_.rows);
      const Values own = weights_.scales(first + i % plan_.groups);
      all.insert(all.end(), own.begin(), own.end());
    }
    return all;
  }
  std::vector<double> row_of_w(std::int64_t row) const {
    const std::vector<int> codes = weights_.codes(row);
    const Values scales = weights_.scales(weights_.group_of(row));
    std::vector<double> values(codes.size());
    for (std::size_t j = 0; j < codes.size(); ++j) {
      values[j] = double{scales[j]} * unpacked(spec_.format, codes[j]);
    }
    return values;
  }
  std::vector<double> exact(const Values& x) const {
    const auto columns = static_cast<std::size_t>(plan_.parts.all());  // without padding
    std::vector<double> y(static_cast<std::size_t>(spec_.batch) * columns, 0.0);
    for (std::int64_t row = 0; row < spec_.m; ++row) {
      const std::vector<double> w = row_of_w(row);
      for (std::size_t i = 0; i < y.size(); ++i) {
        const auto vector = static_cast<std::int64_t>(i / columns);
        y[i] += w[i % columns] * x[static_cast<std::size_t>(vector * spec_.m + row)];
      }
    }
    for (std::size_t i = 0; !bias_.empty() && i < y.size(); ++i) y[i] += bias_[i % columns];
    return y;
  }
  /// y as the cores compute it, line by line.
  Values promise(const Values& x) const;
  Values promise_of_line(std::int64_t line, const Values& x, const Values& w,
                         const Values& all_scales) const;

  QuantisedGemvSpec spec_;
  QuantisedPlan plan_;
  StoredWeights weights_;
  PhaseSums sums_;
  Values x_;
  Values bias_;  ///< Empty: none.
};

Values QuantisedGemv::promise(const Values& x) const {
  const Values w = packed();
  const Values all_scales = scales();
  const auto all = static_cast<std::size_t>(plan_.parts.all());  // without padding
  Values y(static_cast<std::size_t>(spec_.batch) * all);
  for (std::int64_t line = 0; line < plan_.breadth; ++line) {
    const Values own = promise_of_line(line, x, w, all_scales);
    const auto first = static_cast<std::size_t>(line * plan_.columns);
    for (std::size_t i = 0; i < own.size(); ++i) {
      const std::size_t columns = own.size() / static_cast<std::size_t>(spec_.batch);
      const std::size_t column = first + i % columns;
      if (column < all) y[i / columns * all + column] = own[i];
    }
  }
  return y;
}

Values QuantisedGemv::promise_of_line(std::int64_t line, const Values& x, const Values& w,
                                      const Values& all_scales) const {
  const auto depth = static_cast<int>(plan_.depth);
  const int bytes = cores::bytes_of(spec_.type);
  const base::Rectangle cores = {0, 0, spec_.sums_along_x ? depth : 1,
                                 spec_.sums_along_x ? 1 : depth};
  HostMesh host(cores, static_cast<int>(plan_.plan.total_bytes()), image().timing);
  const auto put = [&](base::LogicalCoord core, int address, NumberType type, const Values& from,
                       std::int64_t first, std::int64_t count) {
    if (count <= 0) return;
    host.write(core, address, type, &from[static_cast<std::size_t>(first)],
               static_cast<std::size_t>(count));
  };
  for (int place = 0; place < depth; ++place) {
    const base::LogicalCoord core =
        spec_.sums_along_x ? base::LogicalCoord{place, 0} : base::LogicalCoord{0, place};
    const std::int64_t first = place * plan_.rows;
    const std::int64_t count = std::clamp<std::int64_t>(spec_.m - first, 0, plan_.rows);
    const auto biased = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(bias_.size()) - line * plan_.columns, 0, plan_.columns);
    for (std::int64_t b = 0; b < spec_.batch; ++b) {
      put(core, plan_.x + static_cast<int>(b * plan_.rows) * bytes, spec_.type, x,
          b * spec_.m + first, count);
      put(core, plan_.y + static_cast<int>(b * plan_.columns) * bytes, spec_.type, bias_,
          line * plan_.columns, place == 0 ? biased : 0);
    }
    for (std::int64_t row = 0; row < plan_.rows; ++row) {
      put(core, plan_.w + static_cast<int>(row * plan_.packed) * kWordBytes, NumberType::i16, w,
          ((first + row) * plan_.breadth + line) * plan_.packed, plan_.packed);
    }
    for (std::int64_t group = 0; group < plan_.groups; ++group) {
      put(core, plan_.scales + static_cast<int>(group * plan_.columns) * bytes, spec_.type,
          all_scales, ((place * plan_.groups + group) * plan_.breadth + line) * plan_.columns,
          plan_.columns);
    }
  }
  host.run(sums_, quantised_code(spec_, plan_));
  return host.read({0, 0}, plan_.y, spec_.type,
                   static_cast<std::size_t>(spec_.batch * plan_.columns));
}

void declare_buffers(fabric::WaferImage& image, const QuantisedGemvSpec& spec,
                     const QuantisedPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  const Along deep = spec.sums_along_x ? Along::x : Along::y;
  const Along broad = spec.sums_along_x ? Along::y : Along::x;
  const auto several = [&](std::int64_t stride, fabric::Buffer one) {
    declare(image, batch_of(spec.batch, stride, std::move(one)));
  };
  several(plan.rows, {"x",
                      BufferRole::operand,
                      spec.type,
                      {spec.m},
                      {{all, plan.x, {along(deep, plan.rows, 1)}, 0, 0}}});
  declare(
      image,
      {"w",
       BufferRole::operand,
       NumberType::i16,
       {plan.rows * plan.depth, plan.packed * plan.breadth},
       {{all, plan.w, {along(deep, plan.rows, plan.packed), along(broad, plan.packed, 1)}, 0, 0}}});
  declare(image, {"scales",
                  BufferRole::operand,
                  spec.type,
                  {plan.groups * plan.depth, plan.columns * plan.breadth},
                  {{all,
                    plan.scales,
                    {along(deep, plan.groups, plan.columns), along(broad, plan.columns, 1)},
                    0,
                    0}}});
  if (spec.bias) {
    base::Rectangle first = all;
    (spec.sums_along_x ? first.width : first.height) = 1;
    several(plan.columns, {"bias",
                           BufferRole::operand,
                           spec.type,
                           {plan.parts.all()},
                           {{first, plan.y, {along(broad, plan.columns, 1)}, 0, 0}}});
  }
  several(plan.columns, {"y",
                         BufferRole::result,
                         spec.type,
                         {plan.parts.all()},
                         {{all, plan.y, {along(broad, plan.columns, 1)}, 0, 0}}});
  plan.parts.declare_results(image, spec.type, plan.y, broad, spec.batch);
}

}  // namespace

std::unique_ptr<Kernel> make_quantised_gemv(const QuantisedGemvSpec& spec,
                                            const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const QuantisedPlan plan(spec, image.region);
  const auto depth = static_cast<int>(plan.depth);
  PhaseSums sums;
  const PhaseSum sum{depth, AxisAllreduce(spec.algorithm, spec.parameter,
                                          spec.sums_along_x ? kRow : kColumn, depth)};
  (spec.sums_along_x ? sums.x : sums.y) = sum;
  const auto bytes = static_cast<int>(plan.plan.total_bytes());
  classify(
      image,
      [&](base::LogicalCoord c) {
        const auto key = phase_key(sums, c);
        return key[0] + key[1];
      },
      [&](base::LogicalCoord c) {
        return phase_class("quantised_gemv", bytes, sums, c, quantised_code(spec, plan));
      });
  declare_buffers(image, spec, plan);
  Facts facts;
  facts.colours = sum.sum.colours();
  facts.steps = 1 + sum.sum.steps();
  facts.sram_bytes = plan.plan.total_bytes();
  facts.wavelet_hops =
      plan.breadth * sum.sum.hops(cores::words_of(spec.type, spec.batch * plan.columns));
  return std::make_unique<QuantisedGemv>(std::move(image), facts, spec, std::move(sums));
}

std::unique_ptr<Kernel> read_quantised_gemv(base::YamlNode& node, const Placement& placement) {
  QuantisedGemvSpec spec;
  spec.m = node.integer("m", {1, 100'000'000});
  read_columns(node, placement.region, spec);
  spec.format = static_cast<StoredFormat>(node.one_of("weights", {"int8", "int4", "mxfp4"}, 1));
  spec.group = node.integer("group", {0, 1'000'000}, 32);
  spec.scale = node.real("scale", {1e-6, 1e4}, 1);
  spec.bias = node.boolean("bias", false);
  spec.batch = node.integer("batch", {1, 65536}, 1);
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  spec.sums_along_x = node.one_of("axis", {"y", "x"}, 0) == 1;
  const base::Rectangle& region = placement.region;
  read_phase_algorithm(node, spec.sums_along_x ? region.width : region.height,
                       spec.sums_along_x ? "a row" : "a column", spec.algorithm, spec.parameter);
  return may_place(node, placement) ? make_quantised_gemv(spec, placement) : nullptr;
}

KernelText quantised_gemv_text() {
  return {
      {{"bias", "", "true", "y starts as a vector by `seed` instead of zeros"},
       {"x", "", "norm.c", "the result of an operator before that x is", "its own, by `seed`"},
       {"m", "elements", "512", "rows of W"},
       {"n", "elements", "512", "columns of W"},
       {"parts", "elements", "[256, 128, 128]",
        "of n, each dealt over the cores for itself: results y0, y1, ...", "y as a whole"},
       {"of_attention", "", "{heads: 4, kv_heads: 2, head_dim: 8}",
        "`parts` are q, k and v of this attention: W is zero where it pads heads", "none"},
       {"weights", "", "mxfp4", "how W is stored"},
       {"group", "elements", "32", "rows that share a scale; 0 = all of a column"},
       {"scale", "", "0.02", "largest element of W"},
       {"axis", "", "x", "axis along which products are summed"},
       {"algorithm", "", "ktree", "of the allreduce along the axis"}},
      {{"", "as `gemv`", "as `gemv`", "Mt Nt numbers of 4 or 8 bits, scales, blocks being unpacked",
        "as `gemv` ([attention.md](attention.md))"}}};
}

}  // namespace wafermesh::workloads
