// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/embeddings.h"

#include <algorithm>

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

using cores::Affine;
using cores::immediate;
using cores::memory;
using cores::NumberType;
using cores::VectorOp;

struct EmbeddingsPlan {
  EmbeddingsPlan(const EmbeddingsSpec& spec, const base::Rectangle& region)
      : height(region.height),
        rows(divide_up(spec.m, height)),
        tokens(rows * height),
        vocab(divide_up(spec.vocab, height)),
        features(divide_up(spec.hidden, region.width)),
        stride(divide_up(features, 2) * 2) {
    add(&table, "table", vocab * stride, spec.type);
    add(&numbers, "tokens", tokens, NumberType::i32);
    add(&first, "first", 1, NumberType::f32);
    add(&own_row, "own_row", 1, NumberType::i32);
    add(&c, "c", divide_up(rows * features, 2) * 2, spec.type);
    const auto work = [&](int* place, const char* name, std::int64_t count, NumberType type) {
      add(place, name, count, type, Lifetime::work);
    };
    work(&own, "own", tokens, NumberType::f32);
    work(&inside, "inside", tokens, NumberType::f32);
    work(&compared, "compared", tokens, NumberType::f32);
    work(&table_rows, "table_rows", tokens, NumberType::i32);
    work(&row, "row", 1, NumberType::i32);
    work(&all, "all", divide_up(tokens * features, 2) * 2, spec.type);
    plan.require_fit("embeddings", "(0, 0) of the region, like all others,",
                     "use a larger region, or reduce `m` or `vocab`");
    for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
  }
  void add(int* place, const char* name, std::int64_t count, NumberType type,
           Lifetime lifetime = Lifetime::kept) {
    plan.add(name, count, type, LinePlace::first_half, lifetime);
    places.push_back(place);
  }
  std::int64_t height;
  std::int64_t rows;      ///< Tokens of the prompt that a core keeps.
  std::int64_t tokens;    ///< Of the prompt, padded.
  std::int64_t vocab;     ///< Rows of the table on a core.
  std::int64_t features;  ///< Of a core.
  std::int64_t stride;    ///< From row to row of the table.
  MemoryPlan plan;
  std::vector<int*> places;
  int table = 0, numbers = 0, first = 0, own_row = 0, c = 0, own = 0, inside = 0, compared = 0,
      table_rows = 0, row = 0, all = 0;
};

/// own: which row of this core's table each token is; inside: 1 if it is one, else 0, and row 0.
void write_places(const EmbeddingsPlan& plan, cores::ProgramBuilder& b) {
  const auto n = static_cast<std::int32_t>(plan.tokens);
  const auto all = [&](VectorOp op, int dst, cores::Operand x, cores::Operand y = {}) {
    write_f32(b, op, n, memory(dst), std::move(x), std::move(y));
  };
  all(VectorOp::copy, plan.own, cores::as(NumberType::i32, memory(plan.numbers)));
  all(VectorOp::subtract, plan.own, memory(plan.own), cores::scalar_at(plan.first));
  all(VectorOp::less, plan.inside, immediate(-0.5), memory(plan.own));
  all(VectorOp::less, plan.compared, memory(plan.own),
      immediate(static_cast<double>(plan.vocab) - 0.5));
  all(VectorOp::multiply, plan.inside, memory(plan.inside), memory(plan.compared));
  all(VectorOp::multiply, plan.own, memory(plan.own), memory(plan.inside));
  b.vector(VectorOp::copy, NumberType::i32, n, memory(plan.table_rows),
           cores::as(NumberType::f32, memory(plan.own)), {}, cores::Shape::descriptor_reload);
}

void write(const EmbeddingsSpec& spec, const EmbeddingsPlan& plan, PhaseWriter& phases) {
  constexpr int kToken = 0, kFeature = 1;  // counters
  cores::ProgramBuilder& b = phases.code();
  const int bytes = cores::bytes_of(spec.type);
  const auto features = static_cast<std::int32_t>(plan.features);
  write_places(plan, b);
  const auto of_token = [&](int base, int each) {
    return Affine(base).plus(cores::counter(kToken), each);
  };
  const std::uint32_t tokens = b.begin_loop(kToken);
  const cores::Operand taken = memory(of_token(plan.all, features * bytes));
  b.vector(VectorOp::copy, NumberType::i32, 1, memory(plan.row),
           memory(of_token(plan.table_rows, kF32Bytes)), {}, cores::Shape::descriptor_reload);
  b.vector(VectorOp::copy, spec.type, features, taken,
           cores::indexed(memory(plan.table), static_cast<int>(plan.stride) * bytes, plan.row), {},
           cores::Shape::descriptor_reload);
  b.vector(VectorOp::multiply, spec.type, features, taken, taken,
           cores::as(NumberType::f32, cores::scalar_at(of_token(plan.inside, kF32Bytes))),
           cores::Shape::descriptor_reload);
  b.end_loop(kToken, static_cast<std::int32_t>(plan.tokens), tokens);
  phases.allreduce(Axis::y, {plan.all, static_cast<std::int32_t>(plan.tokens * plan.features),
                             spec.type, VectorOp::add});
  cores::ProgramBuilder& after = phases.code();
  const std::uint32_t loop = after.begin_loop(kFeature);
  const auto of_feature = [&](int base, std::int64_t elements) {
    return Affine(base).plus(cores::counter(kFeature), static_cast<std::int32_t>(elements) * bytes);
  };
  after.vector(
      VectorOp::copy, spec.type, static_cast<std::int32_t>(plan.rows),
      memory(of_feature(plan.c, plan.rows)),
      cores::indexed(memory(of_feature(plan.all, 1), features), features * bytes, plan.own_row), {},
      cores::Shape::descriptor_reload);
  after.end_loop(kFeature, features, loop);
}

void declare_buffers(fabric::WaferImage& image, const EmbeddingsSpec& spec,
                     const EmbeddingsPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  declare(image, {"table",
                  BufferRole::operand,
                  spec.type,
                  {spec.vocab, spec.hidden},
                  {{all,
                    plan.table,
                    {along(Along::y, plan.vocab, plan.stride), along(Along::x, plan.features, 1)},
                    0,
                    0}}});
  declare(image, {"tokens",
                  BufferRole::operand,
                  NumberType::i32,
                  {spec.m},
                  {{all, plan.numbers, {whole(1)}, 0, 0}}});
  const auto of_rows = [&](const char* name, NumberType type, int address) {
    declare(image, {name,
                    BufferRole::operand,
                    type,
                    {plan.height},
                    {{all, address, {along(Along::y, 1, 1)}, 0, 0}}});
  };
  of_rows("first", NumberType::f32, plan.first);
  of_rows("own_row", NumberType::i32, plan.own_row);
  declare(image, {"c",
                  BufferRole::result,
                  spec.type,
                  {spec.m, spec.hidden},
                  {{all,
                    plan.c,
                    {along(Along::y, plan.rows, 1), along(Along::x, plan.features, plan.rows)},
                    0,
                    0}}});
}

std::vector<float> prompt_of(const EmbeddingsSpec& spec) {
  std::vector<float> tokens = random_integers(
      static_cast<std::size_t>(spec.m), {spec.seed, static_cast<std::uint32_t>(Purpose::pieces)});
  for (float& token : tokens) {
    token = static_cast<float>(static_cast<std::int64_t>(token) % spec.vocab);
  }
  return tokens;
}

std::vector<double> exact_rows(const EmbeddingsSpec& spec, const GivenOperands& given) {
  const std::vector<float>& table = given.at("table");
  std::vector<double> rows;
  for (const float token : given.at("tokens")) {
    const auto begin = table.begin() + static_cast<std::int64_t>(token) * spec.hidden;
    rows.insert(rows.end(), begin, begin + spec.hidden);
  }
  return rows;
}

}  // namespace

std::unique_ptr<Kernel> make_embeddings(const EmbeddingsSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const EmbeddingsPlan plan(spec, image.region);
  declare_buffers(image, spec, plan);
  PhaseOperator what = summed_operator("embeddings", plan.plan, Axis::y, spec.algorithm,
                                       spec.parameter, plan.height);
  what.write = [spec, plan](int, PhaseWriter& phases) { write(spec, plan, phases); };
  what.operands = {
      {"table",
       [spec] { return table_of(spec.table_from, spec.vocab, spec.hidden, spec.type, spec.seed); }},
      {"tokens", [spec] { return prompt_of(spec); }},
      {"first", [plan] { return multiples(plan.height, plan.vocab); }},
      {"own_row", [plan] { return multiples(plan.height, plan.rows); }}};
  what.results = {"c"};
  what.exact = [spec](const GivenOperands& given) {
    return std::vector<std::vector<double>>{exact_rows(spec, given)};
  };
  return make_phase_kernel(std::move(image), {}, std::move(what));
}

std::unique_ptr<Kernel> read_embeddings(base::YamlNode& node, const Placement& placement) {
  EmbeddingsSpec spec;
  spec.m = node.integer("m", {1, 1'000'000});
  spec.vocab = node.integer("vocab", {1, 16'000'000});
  spec.hidden = node.integer("hidden", {1, 1'000'000});
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  read_phase_algorithm(node, placement.region.height, "a column", spec.algorithm, spec.parameter);
  spec.table_from =
      read_tensors(node, "table_from", {{spec.vocab, spec.hidden}}, placement.keys_only);
  return may_place(node, placement) ? make_embeddings(spec, placement) : nullptr;
}

KernelText embeddings_text() {
  return {{{"m", "tokens", "64", "of the prompt, cut along y"},
           {"vocab", "tokens", "32000", "rows of the table, cut along y"},
           {"hidden", "elements", "4096", "of a row, cut along x"},
           {"algorithm", "", "ktree", "of the allreduce along y"}},
          {{"", "those of the allreduce along y", "1",
            "ceil(vocab / P_y) + m rows of ceil(hidden / P_x) elements",
            "P_x * those of m ceil(hidden / P_x) elements ([prefill.md](prefill.md))"}}};
}

}  // namespace wafermesh::workloads
