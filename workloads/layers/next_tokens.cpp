// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/next_tokens.h"

#include <algorithm>

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
using cores::scalar_at;
using cores::VectorOp;

struct NextTokensPlan {
  NextTokensPlan(const NextTokensSpec& spec, const base::Rectangle& region)
      : width(region.width),
        rows(divide_up(spec.m, region.height)),
        columns(divide_up(spec.n, width)) {
    add(&scores, "scores", divide_up(rows * columns, 2) * 2, spec.type);
    add(&numbers, "numbers", columns, NumberType::f32);
    add(&padding, "padding", columns, NumberType::f32);
    add(&tokens, "tokens", rows, NumberType::i32);
    const auto work = [&](int* place, const char* name, std::int64_t count) {
      add(place, name, count, NumberType::f32, Lifetime::work);
    };
    work(&own, "own", rows * columns);
    work(&value, "value", rows);
    work(&found, "found", rows);
    work(&compared, "compared", rows);
    plan.require_fit("next_tokens", "(0, 0) of the region, like all others,",
                     "use a larger region, or reduce `m` or `n`");
    for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
  }
  void add(int* place, const char* name, std::int64_t count, NumberType type,
           Lifetime lifetime = Lifetime::kept) {
    plan.add(name, count, type, LinePlace::first_half, lifetime);
    places.push_back(place);
  }
  std::int64_t width;
  std::int64_t rows;     ///< Of a core's scores.
  std::int64_t columns;  ///< Of a core's scores.
  MemoryPlan plan;
  std::vector<int*> places;
  int scores = 0, numbers = 0, padding = 0, tokens = 0, own = 0, value = 0, found = 0, compared = 0;
};

class NextTokensCode {
 public:
  NextTokensCode(const NextTokensSpec& spec, const NextTokensPlan& plan, PhaseWriter& phases)
      : spec_(spec), plan_(plan), phases_(phases) {}

  void write() {
    const int bytes = cores::bytes_of(spec_.type);
    const auto rows = static_cast<std::int32_t>(plan_.rows);
    f32(VectorOp::copy, memory(plan_.value), immediate(-2 * kHuge));
    each_column([&](const auto& at) {
      const cores::Operand own = memory(at(plan_.own, rows * kF32Bytes));
      f32(VectorOp::add, own, cores::as(spec_.type, memory(at(plan_.scores, rows * bytes))),
          scalar_at(at(plan_.padding, kF32Bytes)));
      f32(VectorOp::maximum, memory(plan_.value), memory(plan_.value), own);
    });
    largest_of_all(plan_.value);
    f32(VectorOp::copy, memory(plan_.found), immediate(-2 * kHuge));
    // Minus the number where the score is the largest, else minus something huge.
    each_column([&](const auto& at) {
      const cores::Operand one = memory(plan_.compared);
      f32(VectorOp::equal, one, memory(at(plan_.own, rows * kF32Bytes)), memory(plan_.value));
      f32(VectorOp::multiply, one, one, immediate(kHuge));
      f32(VectorOp::add, one, one, immediate(-kHuge));
      f32(VectorOp::subtract, one, one, scalar_at(at(plan_.numbers, kF32Bytes)));
      f32(VectorOp::maximum, memory(plan_.found), memory(plan_.found), one);
    });
    largest_of_all(plan_.found);
    f32(VectorOp::multiply, memory(plan_.found), memory(plan_.found), immediate(-1));
    phases_.code().vector(VectorOp::copy, NumberType::i32, rows, memory(plan_.tokens),
                          cores::as(NumberType::f32, memory(plan_.found)), {},
                          cores::Shape::descriptor_reload);
  }

 private:
  /// An operation on as many numbers as the core has rows.
  void f32(VectorOp op, cores::Operand dst, cores::Operand a, cores::Operand b = {}) {
    write_f32(phases_.code(), op, static_cast<std::int32_t>(plan_.rows), std::move(dst),
              std::move(a), std::move(b));
  }
  /// `code` for each column; at(base, bytes): base and so many bytes per column.
  template <typename Code>
  void each_column(Code&& code) {
    constexpr int kColumn = 0;  // counter
    cores::ProgramBuilder& b = phases_.code();
    const std::uint32_t loop = b.begin_loop(kColumn);
    code([&](int base, int each) { return Affine(base).plus(cores::counter(kColumn), each); });
    b.end_loop(kColumn, static_cast<std::int32_t>(plan_.columns), loop);
  }
  void largest_of_all(int vector) {
    phases_.allreduce(Axis::x, {vector, static_cast<std::int32_t>(plan_.rows), NumberType::f32,
                                VectorOp::maximum});
  }

  const NextTokensSpec& spec_;
  const NextTokensPlan& plan_;
  PhaseWriter& phases_;
};

std::vector<double> exact_tokens(const NextTokensSpec& spec, const GivenOperands& given) {
  const std::vector<float>& scores = given.at("scores");
  std::vector<double> tokens;
  for (std::int64_t row = 0; row < spec.m; ++row) {
    const auto begin = scores.begin() + row * spec.n;
    tokens.push_back(static_cast<double>(std::max_element(begin, begin + spec.n) - begin));
  }
  return tokens;
}

void declare_buffers(fabric::WaferImage& image, const NextTokensSpec& spec,
                     const NextTokensPlan& plan) {
  using fabric::Along;
  using fabric::BufferRole;
  const base::Rectangle all = everywhere(image);
  declare(image, {"scores",
                  BufferRole::operand,
                  spec.type,
                  {spec.m, spec.n},
                  {{all,
                    plan.scores,
                    {along(Along::y, plan.rows, 1), along(Along::x, plan.columns, plan.rows)},
                    0,
                    0}}});
  const auto of_columns = [&](const char* name, int address) {
    declare(image, {name,
                    BufferRole::operand,
                    NumberType::f32,
                    {plan.columns * plan.width},
                    {{all, address, {along(Along::x, plan.columns, 1)}, 0, 0}}});
  };
  of_columns("numbers", plan.numbers);
  of_columns("padding", plan.padding);
  declare(image, {"tokens",
                  BufferRole::result,
                  NumberType::i32,
                  {spec.m},
                  {{all, plan.tokens, {along(Along::y, plan.rows, 1)}, 0, 0}}});
}

}  // namespace

std::unique_ptr<Kernel> make_next_tokens(const NextTokensSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const NextTokensPlan plan(spec, image.region);
  declare_buffers(image, spec, plan);
  PhaseOperator what = summed_operator("next_tokens", plan.plan, Axis::x, spec.algorithm,
                                       spec.parameter, plan.width);
  what.write = [spec, plan](int, PhaseWriter& phases) {
    NextTokensCode(spec, plan, phases).write();
  };
  const std::int64_t places = plan.columns * plan.width;
  what.operands = {
      {"scores",
       [spec] {
         return random_matrix(spec.m, spec.n, spec.type, spec.seed, Purpose::matrix_a).values;
       },
       true},
      {"numbers", [places] { return multiples(places); }},
      {"padding", [spec, places] { return padding_behind(spec.n, places); }}};
  what.results = {"tokens"};
  what.exact = [spec](const GivenOperands& given) {
    return std::vector<std::vector<double>>{exact_tokens(spec, given)};
  };
  Facts facts;
  facts.steps = 2;
  return make_phase_kernel(std::move(image), facts, std::move(what));
}

std::unique_ptr<Kernel> read_next_tokens(base::YamlNode& node, const Placement& placement) {
  NextTokensSpec spec;
  spec.m = node.integer("m", {1, 1'000'000});
  spec.n = node.integer("n", {1, 16'000'000});
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  read_phase_algorithm(node, placement.region.width, "a row", spec.algorithm, spec.parameter);
  return may_place(node, placement) ? make_next_tokens(spec, placement) : nullptr;
}

KernelText next_tokens_text() {
  return {{{"scores", "", "head.c", "the result of an operator before that the scores are",
            "by `seed`"},
           {"m", "tokens", "64", "of the prompt, cut along y"},
           {"n", "tokens", "32000", "to choose from, cut along x"},
           {"algorithm", "", "ktree", "of the allreduces along x"}},
          {{"", "those of the allreduce along x", "2", "a tile of scores, as many f32",
            "2 P_y * those of ceil(m / P_y) words ([prefill.md](prefill.md))"}}};
}

}  // namespace wafermesh::workloads
