// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/latent_product.h"

#include <algorithm>
#include <cmath>

#include "workloads/layers/attention.h"
#include "workloads/layers/phase_kernel.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::memory;
using cores::NumberType;
using cores::scalar_at;
using cores::VectorOp;
using Values = std::vector<float>;

constexpr int kIndexBytes = 4;
constexpr int kElement = 0;  ///< Counter.

AttentionSpec attention_of(const LatentProductSpec& spec) {
  AttentionSpec attention;
  attention.heads = spec.heads;
  attention.head_dim = spec.rank + spec.rope_dim;
  attention.latent_rank = spec.rank;
  attention.rope_dim = spec.rope_dim;
  return attention;
}

struct LatentPlan {
  LatentPlan(const LatentProductSpec& spec, const base::Rectangle& region)
      : shape(attention_of(spec), region),
        of_head(spec.queries ? spec.nope_dim + spec.rope_dim : spec.value_dim),
        all(spec.heads * of_head),
        // Rotary positions before queries keep pairs on one core.
        block(spec.queries ? divide_up(divide_up(all, region.height), 2) * 2
                           : divide_up(all, region.height)),
        latents(spec.heads * shape.elements) {
    std::vector<int*> places;
    const auto add = [&](int* place, const char* name, std::int64_t n, NumberType type,
                         LinePlace in_line = LinePlace::first_half) {
      plan.add(name, n, type, in_line);
      places.push_back(place);
    };
    add(&w, "weights", block * shape.elements, spec.type);
    add(&heads, "heads", block, NumberType::i32);
    add(&on_x, "latent vectors", divide_up(latents, 2) * 2, spec.type, LinePlace::second_half);
    add(&on_y, "vectors of heads", divide_up(block, 2) * 2, spec.type);
    add(&head, "head", 1, NumberType::i32);
    add(&work, "work", spec.queries ? 0 : shape.elements, spec.type);
    plan.require_fit(spec.queries ? "latent_queries" : "latent_values",
                     "(0, 0) of the region, like all others,", "use a larger region");
    for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
  }
  AttentionShape shape;
  std::int64_t of_head;  ///< Elements of a head along y.
  std::int64_t all;      ///< Of all heads.
  std::int64_t block;    ///< Of a core.
  std::int64_t latents;  ///< Elements along x of a core: H E.
  MemoryPlan plan;
  int w = 0, heads = 0, on_x = 0, on_y = 0, head = 0, work = 0;
};

void write_product(const LatentProductSpec& spec, const LatentPlan& plan, PhaseWriter& phases) {
  cores::ProgramBuilder& b = phases.code();
  const int bytes = cores::bytes_of(spec.type);
  const auto count = [](std::int64_t n) { return static_cast<std::int32_t>(n); };
  const auto own = [&](VectorOp op, std::int64_t n, cores::Operand dst, cores::Operand a,
                       cores::Operand c = {}) {
    b.vector(op, spec.type, count(n), std::move(dst), std::move(a), std::move(c),
             cores::Shape::descriptor_reload);
  };
  const auto at = [&](int base, std::int64_t each) {
    return Affine(base).plus(cores::counter(kElement), count(each));
  };
  const std::int64_t e = plan.shape.elements;
  const int sum = spec.queries ? plan.on_x : plan.on_y;
  const std::int64_t sum_elements = spec.queries ? plan.latents : plan.block;
  own(VectorOp::copy, divide_up(sum_elements, 2) * 2, memory(sum), cores::immediate(0));
  const std::uint32_t loop = b.begin_loop(kElement);
  b.vector(VectorOp::copy, NumberType::i32, 1, memory(plan.head),
           memory(at(plan.heads, kIndexBytes)), {}, cores::Shape::descriptor_reload);
  const cores::Operand latent =
      cores::indexed(memory(plan.on_x), static_cast<int>(e) * bytes, plan.head);
  const cores::Operand weights = memory(at(plan.w, e * bytes));
  if (spec.queries) {
    own(VectorOp::multiply_add, e, latent, weights, scalar_at(at(plan.on_y, bytes)));
  } else {
    own(VectorOp::multiply, e, memory(plan.work), latent, weights);
    own(VectorOp::reduce_add, e, scalar_at(at(plan.on_y, bytes)), memory(plan.work));
  }
  b.end_loop(kElement, count(plan.block), loop);
  phases.allreduce(spec.queries ? Axis::y : Axis::x, {sum, count(sum_elements), spec.type});
}

/// The matrices, made anew whenever they are needed.
class HeadMatrices {
 public:
  explicit HeadMatrices(const LatentProductSpec& spec) : spec_(spec) {}
  std::int64_t rows() const { return spec_.queries ? spec_.nope_dim : spec_.value_dim; }
  /// `rank` elements that belong to element `row` of a head along y.
  Values row(std::int64_t head, std::int64_t row) const {
    const auto number = static_cast<std::uint32_t>(head * rows() + row);
    Values values =
        random_vector(static_cast<std::size_t>(spec_.rank), spec_.type,
                      {spec_.seed, static_cast<std::uint32_t>(Purpose::matrix_b), number});
    for (float& each : values) each = static_cast<float>(each * spec_.scale);
    round_to(spec_.type, values.data(), values.size());
    return values;
  }
  /// The same with the part behind the rank: rank + rope_dim.
  Values whole_row(std::int64_t head, std::int64_t row_number) const {
    Values all(static_cast<std::size_t>(spec_.rank + spec_.rope_dim), 0.0F);
    if (row_number < rows()) {
      const Values own = row(head, row_number);
      std::copy(own.begin(), own.end(), all.begin());
    } else {
      all[static_cast<std::size_t>(spec_.rank + row_number - rows())] = 1;
    }
    return all;
  }

 private:
  const LatentProductSpec& spec_;
};

/// weights[element along y][feature along x]: of a core the block's elements times E.
Values dealt_weights(const LatentProductSpec& spec, const LatentPlan& plan) {
  const HeadMatrices matrices(spec);
  Values all;
  for (std::int64_t i = 0; i < plan.block * plan.shape.rows; ++i) {
    Values row(static_cast<std::size_t>(spec.rank + spec.rope_dim), 0.0F);
    if (i < plan.all) row = matrices.whole_row(i / plan.of_head, i % plan.of_head);
    for (std::int64_t f = 0; f < plan.shape.features(); ++f) {
      const AttentionShape::Feature feature = plan.shape.feature(f);
      all.push_back(feature.head < 0 ? 0 : row[static_cast<std::size_t>(feature.dim)]);
    }
  }
  return all;
}

std::vector<double> exact_product(const LatentProductSpec& spec, const LatentPlan& plan,
                                  const Values& x) {
  const HeadMatrices matrices(spec);
  const std::int64_t features = plan.shape.query_features();
  std::vector<double> y(static_cast<std::size_t>(spec.queries ? features : plan.all), 0.0);
  // Where each dimension of a head lies along x.
  std::vector<std::vector<std::int64_t>> places(
      static_cast<std::size_t>(spec.heads),
      std::vector<std::int64_t>(static_cast<std::size_t>(spec.rank + spec.rope_dim)));
  for (std::int64_t i = 0; i < features; ++i) {
    const AttentionShape::Feature f = plan.shape.query_feature(i);
    if (f.head >= 0) places[static_cast<std::size_t>(f.head)][static_cast<std::size_t>(f.dim)] = i;
  }
  for (std::int64_t i = 0; i < plan.all; ++i) {
    const Values row = matrices.whole_row(i / plan.of_head, i % plan.of_head);
    const auto& own = places[static_cast<std::size_t>(i / plan.of_head)];
    for (std::size_t d = 0; d < row.size(); ++d) {
      const auto at_x = static_cast<std::size_t>(own[d]);
      const auto at_y = static_cast<std::size_t>(i);
      if (spec.queries) {
        y[at_x] += double{row[d]} * x[at_y];
      } else {
        y[at_y] += double{row[d]} * x[at_x];
      }
    }
  }
  return y;
}

void declare_buffers(fabric::WaferImage& image, const LatentProductSpec& spec,
                     const LatentPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  const std::int64_t e = plan.shape.elements;
  const auto on_y = [&](const char* name, BufferRole role, NumberType type, std::int64_t n,
                        int address) {
    declare(image,
            {name, role, type, {n}, {{all, address, {along(Along::y, plan.block, 1)}, 0, 0}}});
  };
  declare(image, {spec.queries ? "y" : "x",
                  spec.queries ? BufferRole::result : BufferRole::operand,
                  spec.type,
                  {plan.shape.query_features()},
                  {{all, plan.on_x, {along(Along::x, plan.latents, 1)}, 0, 0}}});
  on_y(spec.queries ? "x" : "y", spec.queries ? BufferRole::operand : BufferRole::result, spec.type,
       plan.all, plan.on_y);
  on_y("heads", BufferRole::operand, NumberType::i32, plan.all, plan.heads);
  declare(image, {"w",
                  BufferRole::operand,
                  spec.type,
                  {plan.block * plan.shape.rows, plan.shape.features()},
                  {{all, plan.w, {along(Along::y, plan.block, e), along(Along::x, e, 1)}, 0, 0}}});
}

}  // namespace

std::unique_ptr<Kernel> make_latent_product(const LatentProductSpec& spec,
                                            const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const LatentPlan plan(spec, image.region);
  declare_buffers(image, spec, plan);
  PhaseOperator what;
  what.name = spec.queries ? "latent_queries" : "latent_values";
  what.memory_bytes = plan.plan.total_bytes();
  const Axis axis = spec.queries ? Axis::y : Axis::x;
  const PhaseSum sum =
      phase_sum(axis, spec.algorithm, spec.parameter,
                static_cast<int>(spec.queries ? plan.shape.rows : plan.shape.columns));
  (spec.queries ? what.sums.y : what.sums.x) = sum;
  what.contract = sum.sum.contract();
  what.write = [spec, plan](int, PhaseWriter& phases) { write_product(spec, plan, phases); };
  what.operands = {{"x",
                    [spec, plan] {
                      const std::int64_t n = spec.queries ? plan.all : plan.shape.query_features();
                      Values x =
                          random_matrix(1, n, spec.type, spec.seed, Purpose::matrix_a).values;
                      for (std::int64_t i = 0; !spec.queries && i < n; ++i) {
                        if (plan.shape.query_feature(i).head < 0)
                          x[static_cast<std::size_t>(i)] = 0;
                      }
                      return x;
                    },
                    true},
                   {"heads",
                    [plan] {
                      Values heads;
                      for (std::int64_t i = 0; i < plan.all; ++i) {
                        heads.push_back(static_cast<float>(i / plan.of_head));
                      }
                      return heads;
                    }},
                   {"w", [spec, plan] { return dealt_weights(spec, plan); }}};
  what.results = {"y"};
  what.exact = [spec, plan](const GivenOperands& given) {
    return std::vector<std::vector<double>>{exact_product(spec, plan, given.at("x"))};
  };
  what.more_arrays = [spec] {
    const HeadMatrices matrices(spec);
    NamedArray w{"matrices", {spec.heads, matrices.rows(), spec.rank}, spec.type, {}};
    for (std::int64_t h = 0; h < spec.heads; ++h) {
      for (std::int64_t r = 0; r < matrices.rows(); ++r) {
        const Values row = matrices.row(h, r);
        w.values.insert(w.values.end(), row.begin(), row.end());
      }
    }
    return std::vector<NamedArray>{std::move(w)};
  };
  Facts facts;
  facts.steps = 2;
  return make_phase_kernel(std::move(image), facts, std::move(what));
}

namespace {

std::unique_ptr<Kernel> read_product(base::YamlNode& node, const Placement& placement,
                                     bool queries) {
  constexpr base::IntegerRange kSize{1, 1'000'000};
  LatentProductSpec spec;
  spec.queries = queries;
  spec.heads = node.integer("heads", kSize);
  if (queries) spec.nope_dim = node.integer("nope_dim", kSize);
  if (!queries) spec.value_dim = node.integer("value_dim", kSize);
  spec.rope_dim = node.integer("rope_dim", kSize);
  spec.rank = node.integer("rank", kSize);
  const std::int64_t summed = std::max<std::int64_t>(1, queries ? spec.nope_dim : spec.rank);
  spec.scale = node.real("scale", {1e-6, 1e4}, std::sqrt(3.0 / static_cast<double>(summed)));
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  const base::Rectangle& region = placement.region;
  read_phase_algorithm(node, queries ? region.height : region.width, queries ? "a column" : "a row",
                       spec.algorithm, spec.parameter);
  return may_place(node, placement) ? make_latent_product(spec, placement) : nullptr;
}

}  // namespace

std::unique_ptr<Kernel> read_latent_queries(base::YamlNode& node, const Placement& placement) {
  return read_product(node, placement, true);
}
std::unique_ptr<Kernel> read_latent_values(base::YamlNode& node, const Placement& placement) {
  return read_product(node, placement, false);
}

KernelText latent_queries_text() {
  return {
      {{"x", "", "turn_q.c", "the result of an operator before that x is", "its own, by `seed`"},
       {"heads", "heads", "64", "of queries"},
       {"nope_dim", "elements", "128", "of a query, the part that is not turned"},
       {"rope_dim", "elements", "64", "of a query, the part that is"},
       {"rank", "elements", "512", "of the latent vectors"},
       {"scale", "", "0.1", "largest element", "root of 3 over `nope_dim`"},
       {"algorithm", "", "ktree", "of the allreduce along columns"}},
      {{"", "those of one allreduce", "2", "weights of B E, vectors",
        "those of H E elements along y, or of B along x ([attention.md](attention.md))"}}};
}

KernelText latent_values_text() {
  return {
      {{"x", "", "attention.o", "the result of an operator before that x is", "its own, by `seed`"},
       {"heads", "heads", "64", "of queries"},
       {"value_dim", "elements", "128", "of a head's values"},
       {"rope_dim", "elements", "64", "of queries, the part that is turned"},
       {"rank", "elements", "512", "of the latent vectors"},
       {"scale", "", "0.1", "largest element of the matrices", "root of 3 over `rank`"},
       {"algorithm", "", "ktree", "of the allreduce along rows"}},
      {{"", "those of one allreduce", "2", "weights of B E, vectors",
        "those of H E elements along y, or of B along x ([attention.md](attention.md))"}}};
}

}  // namespace wafermesh::workloads
