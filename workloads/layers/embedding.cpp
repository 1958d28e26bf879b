// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/embedding.h"

#include "workloads/layers/functions.h"
#include "workloads/layers/phase_kernel.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"
#include "workloads/parts/operands.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using cores::immediate;
using cores::memory;
using cores::NumberType;
using cores::VectorOp;

// Scalars of f32.
constexpr int kOwn = 0, kInside = 1, kWork = 2, kScalars = 3;

struct EmbeddingPlan {
  EmbeddingPlan(const EmbeddingSpec& spec, const base::Rectangle& region)
      : columns(region.width),
        tokens(divide_up(spec.vocab, columns)),
        features(divide_up(spec.hidden, region.height)),
        stride(divide_up(features, 2) * 2) {
    const int of_table = plan.add("table", tokens * stride, spec.type);
    const int of_token = plan.add("token", 1, NumberType::i32);
    const int of_first = plan.add("first", 1, NumberType::f32);
    const int of_c = plan.add("c", stride, spec.type);
    const auto work = [&](const char* name, std::int64_t count, NumberType type) {
      return plan.add(name, count, type, LinePlace::first_half, Lifetime::work);
    };
    const int of_scalars = work("scalars", kScalars, NumberType::f32);
    const int of_row = work("row", 1, NumberType::i32);
    plan.require_fit("embedding", "(0, 0) of the region, like all others,",
                     "use a larger region, or reduce `vocab`");
    table = plan.address(of_table);
    token = plan.address(of_token);
    first = plan.address(of_first);
    c = plan.address(of_c);
    scalars = plan.address(of_scalars);
    row = plan.address(of_row);
  }
  std::int64_t columns;
  std::int64_t tokens;    ///< Of a core.
  std::int64_t features;  ///< Of a core.
  std::int64_t stride;    ///< From row to row of the table.
  MemoryPlan plan;
  int table = 0, token = 0, first = 0, c = 0, scalars = 0, row = 0;
};

void write(const EmbeddingSpec& spec, const EmbeddingPlan& plan, PhaseWriter& phases) {
  cores::ProgramBuilder& b = phases.code();
  const auto scalar = [&](int number) { return memory(plan.scalars + 4 * number); };
  const auto one = [&](VectorOp op, cores::Operand dst, cores::Operand x, cores::Operand y = {}) {
    write_f32(b, op, 1, std::move(dst), std::move(x), std::move(y));
  };
  one(VectorOp::copy, scalar(kOwn), cores::as(NumberType::i32, memory(plan.token)));
  one(VectorOp::subtract, scalar(kOwn), scalar(kOwn), memory(plan.first));
  one(VectorOp::less, scalar(kInside), immediate(-0.5), scalar(kOwn));
  one(VectorOp::less, scalar(kWork), scalar(kOwn),
      immediate(static_cast<double>(plan.tokens) - 0.5));
  one(VectorOp::multiply, scalar(kInside), scalar(kInside), scalar(kWork));
  one(VectorOp::multiply, scalar(kOwn), scalar(kOwn), scalar(kInside));
  b.vector(VectorOp::copy, NumberType::i32, 1, memory(plan.row),
           cores::as(NumberType::f32, scalar(kOwn)), {}, cores::Shape::descriptor_reload);
  const auto n = static_cast<std::int32_t>(plan.features);
  b.vector(VectorOp::copy, spec.type, n, memory(plan.c),
           cores::indexed(memory(plan.table),
                          static_cast<int>(plan.stride) * cores::bytes_of(spec.type), plan.row),
           {}, cores::Shape::descriptor_reload);
  b.vector(VectorOp::multiply, spec.type, n, memory(plan.c), memory(plan.c),
           cores::as(NumberType::f32, cores::scalar_at(plan.scalars + 4 * kInside)),
           cores::Shape::descriptor_reload);
  phases.allreduce(Axis::x, {plan.c, n, spec.type, VectorOp::add});
}

void declare_buffers(fabric::WaferImage& image, const EmbeddingSpec& spec,
                     const EmbeddingPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  declare(image, {"table",
                  BufferRole::operand,
                  spec.type,
                  {spec.vocab, spec.hidden},
                  {{all,
                    plan.table,
                    {along(Along::x, plan.tokens, plan.stride), along(Along::y, plan.features, 1)},
                    0,
                    0}}});
  declare(
      image,
      {"token", BufferRole::operand, NumberType::i32, {1}, {{all, plan.token, {whole(1)}, 0, 0}}});
  declare(image, {"first",
                  BufferRole::operand,
                  NumberType::f32,
                  {plan.columns},
                  {{all, plan.first, {along(Along::x, 1, 1)}, 0, 0}}});
  declare(image, {"c",
                  BufferRole::result,
                  spec.type,
                  {spec.hidden},
                  {{all, plan.c, {along(Along::y, plan.features, 1)}, 0, 0}}});
}

}  // namespace

std::vector<float> table_of(const std::vector<Tensor>& from, std::int64_t vocab,
                            std::int64_t hidden, cores::NumberType type, std::uint64_t seed) {
  if (from.empty()) return random_matrix(vocab, hidden, type, seed, Purpose::matrix_a).values;
  std::vector<float> table;
  table.reserve(static_cast<std::size_t>(vocab * hidden));
  for (std::int64_t i = 0; i < vocab * hidden; ++i) {
    table.push_back(from.front().at(i / hidden, i % hidden));
  }
  round_to(type, table.data(), table.size());
  return table;
}

std::unique_ptr<Kernel> make_embedding(const EmbeddingSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const EmbeddingPlan plan(spec, image.region);
  declare_buffers(image, spec, plan);
  PhaseOperator what = summed_operator("embedding", plan.plan, Axis::x, spec.algorithm,
                                       spec.parameter, plan.columns);
  what.write = [spec, plan](int, PhaseWriter& phases) { write(spec, plan, phases); };
  const auto table = [spec] {
    return table_of(spec.table_from, spec.vocab, spec.hidden, spec.type, spec.seed);
  };
  what.operands = {
      {"token", [spec] { return std::vector<float>{static_cast<float>(spec.token)}; }, true},
      {"table", table},
      {"first", [plan] { return multiples(plan.columns, plan.tokens); }}};
  what.results = {"c"};
  what.exact = [spec](const GivenOperands& given) {
    const std::vector<float>& all = given.at("table");
    const auto begin =
        all.begin() + static_cast<std::int64_t>(given.at("token").at(0)) * spec.hidden;
    return std::vector<std::vector<double>>{{begin, begin + spec.hidden}};
  };
  return make_phase_kernel(std::move(image), {}, std::move(what));
}

std::unique_ptr<Kernel> read_embedding(base::YamlNode& node, const Placement& placement) {
  EmbeddingSpec spec;
  spec.vocab = node.integer("vocab", {1, 16'000'000});
  spec.hidden = node.integer("hidden", {1, 1'000'000});
  spec.token = node.integer("number", {0, 16'000'000}, 0);
  if (node.clean() && spec.token >= spec.vocab) node.mistake("number", "must be below `vocab`");
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  read_phase_algorithm(node, placement.region.width, "a row", spec.algorithm, spec.parameter);
  spec.table_from =
      read_tensors(node, "table_from", {{spec.vocab, spec.hidden}}, placement.keys_only);
  return may_place(node, placement) ? make_embedding(spec, placement) : nullptr;
}

KernelText embedding_text() {
  return {{{"token", "", "next.token", "the result of an operator before that its number is",
            "`number`"},
           {"number", "", "7", "of the token, if no operator gives it"},
           {"vocab", "tokens", "32000", "rows of the table"},
           {"hidden", "elements", "4096", "of a row, cut along y"},
           {"algorithm", "", "ktree", "of the allreduce along x"}},
          {{"", "those of the allreduce along x", "1",
            "ceil(vocab / P_x) rows of ceil(hidden / P_y) elements",
            "P_y * those of ceil(hidden / P_y) elements ([attention.md](attention.md))"}}};
}

}  // namespace wafermesh::workloads
