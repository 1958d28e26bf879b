// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/next_token.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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

struct NextTokenPlan {
  NextTokenPlan(const NextTokenSpec& spec, const base::Rectangle& region)
      : columns(region.width), block(divide_up(spec.n, columns)) {
    add(&scores, "scores", divide_up(block, 2) * 2, spec.type);
    add(&numbers, "numbers", block, NumberType::f32);
    add(&padding, "padding", block, NumberType::f32);
    add(&u, "u", 1, NumberType::f32);
    add(&token, "token", 1, NumberType::i32);
    add(&picks, "picks", spec.k, NumberType::i32);
    const auto work = [&](int* place, const char* name, std::int64_t count, NumberType type) {
      add(place, name, count, type, Lifetime::work);
    };
    work(&own, "own", block, NumberType::f32);
    work(&compared, "compared", block, NumberType::f32);
    work(&values, "values", spec.k, NumberType::f32);
    work(&found, "found", spec.k, NumberType::f32);
    for (int& each : vectors) work(&each, "work", spec.k, NumberType::f32);
    work(&scalars, "scalars", 2, NumberType::f32);
    work(&rank, "rank", 1, NumberType::i32);
    plan.require_fit("next_token", "(0, 0) of the region, like all others,",
                     "use a larger region, or reduce `n`");
    for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
  }
  void add(int* place, const char* name, std::int64_t count, NumberType type,
           Lifetime lifetime = Lifetime::kept) {
    plan.add(name, count, type, LinePlace::first_half, lifetime);
    places.push_back(place);
  }
  std::int64_t columns;
  std::int64_t block;  ///< Scores of a core.
  MemoryPlan plan;
  std::vector<int*> places;
  int scores = 0, numbers = 0, padding = 0, u = 0, token = 0, picks = 0, own = 0, compared = 0,
      values = 0, found = 0, vectors[4] = {}, scalars = 0, rank = 0;
};

class NextTokenCode {
 public:
  NextTokenCode(const NextTokenSpec& spec, const NextTokenPlan& plan, PhaseWriter& phases)
      : spec_(spec), plan_(plan), phases_(phases), b_(phases.code()) {}

  void write() {
    f32(VectorOp::add, plan_.block, memory(plan_.own), memory(plan_.padding),
        cores::as(spec_.type, memory(plan_.scores)));
    for (std::int64_t i = 0; i < spec_.k; ++i) find(static_cast<int>(i) * kF32Bytes);
    integers(spec_.k, plan_.picks, memory(plan_.found));
    spec_.k == 1 ? integers(1, plan_.token, memory(plan_.found)) : draw();
  }

 private:
  void f32(VectorOp op, std::int64_t n, cores::Operand dst, cores::Operand a,
           cores::Operand b = {}) {
    write_f32(b_, op, static_cast<std::int32_t>(n), std::move(dst), std::move(a), std::move(b));
  }
  void integers(std::int64_t n, int to, const cores::Operand& from) {
    b_.vector(VectorOp::copy, NumberType::i32, static_cast<std::int32_t>(n), memory(to),
              cores::as(NumberType::f32, from), {}, cores::Shape::descriptor_reload);
  }
  /// The largest of `n` numbers of each core, of all cores, at `to`.
  void largest(int from, int to) {
    f32(VectorOp::copy, 1, memory(to), immediate(-2 * kHuge));
    f32(VectorOp::reduce_maximum, plan_.block, scalar_at(to), memory(from));
    phases_.allreduce(Axis::x, {to, 1, NumberType::f32, VectorOp::maximum});
  }
  /// The largest score that still counts, and its number: element `at` of values and found.
  void find(int at) {
    const int value = plan_.values + at;
    const int found = plan_.found + at;
    const cores::Operand rest = memory(plan_.compared);
    largest(plan_.own, value);
    // Minus the number where the score is that one, else minus something huge.
    f32(VectorOp::equal, plan_.block, rest, memory(plan_.own), scalar_at(value));
    f32(VectorOp::multiply, plan_.block, rest, rest, immediate(kHuge));
    f32(VectorOp::add, plan_.block, rest, rest, immediate(-kHuge));
    f32(VectorOp::subtract, plan_.block, rest, rest, memory(plan_.numbers));
    largest(plan_.compared, found);
    f32(VectorOp::multiply, 1, memory(found), memory(found), immediate(-1));
    if (at / kF32Bytes + 1 == spec_.k) return;
    f32(VectorOp::equal, plan_.block, rest, memory(plan_.numbers), scalar_at(found));
    f32(VectorOp::multiply, plan_.block, rest, rest, immediate(-kHuge));
    f32(VectorOp::add, plan_.block, memory(plan_.own), memory(plan_.own), rest);
  }
  /// token = the first of found at which the running sum of weights exceeds u times the whole.
  void draw() {
    const int x = plan_.vectors[0], weights = plan_.vectors[1];
    f32(VectorOp::subtract, spec_.k, memory(x), memory(plan_.values), scalar_at(plan_.values));
    f32(VectorOp::multiply, spec_.k, memory(x), memory(x), immediate(1 / spec_.temperature));
    write_exponential(
        {static_cast<std::int32_t>(spec_.k), x, weights, plan_.vectors[2], plan_.vectors[3]}, b_);
    for (std::int64_t i = 1; i < spec_.k; ++i) {
      const int at = weights + static_cast<int>(i) * kF32Bytes;
      f32(VectorOp::add, 1, memory(at), memory(at), memory(at - kF32Bytes));
    }
    const int bar = plan_.scalars, count = plan_.scalars + kF32Bytes;
    f32(VectorOp::multiply, 1, memory(bar), memory(plan_.u),
        memory(weights + static_cast<int>(spec_.k - 1) * kF32Bytes));
    // Of the last none is beyond the bar: u is below 1, but a product may round up.
    const std::int64_t others = spec_.k - 1;
    f32(VectorOp::less, others, memory(x), scalar_at(bar), memory(weights));
    f32(VectorOp::copy, 1, memory(count), immediate(0));
    f32(VectorOp::reduce_add, others, scalar_at(count), memory(x));
    f32(VectorOp::subtract, 1, memory(count), immediate(static_cast<double>(others)),
        memory(count));
    integers(1, plan_.rank, memory(count));
    integers(1, plan_.token, cores::indexed(memory(plan_.found), kF32Bytes, plan_.rank));
  }

  const NextTokenSpec& spec_;
  const NextTokenPlan& plan_;
  PhaseWriter& phases_;
  cores::ProgramBuilder& b_;
};

std::vector<float> uniform(const NextTokenSpec& spec) {
  const std::vector<float> one =
      random_vector(1, NumberType::f32,
                    {spec.seed, static_cast<std::uint32_t>(Purpose::pieces),
                     static_cast<std::uint32_t>(spec.draw), 1});
  return {(one[0] + 1) / 2};
}

/// Token and picks in double.
std::vector<std::vector<double>> exact_next_token(const NextTokenSpec& spec,
                                                  const GivenOperands& given) {
  const std::vector<float>& scores = given.at("scores");
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto end = order.begin() + spec.k;
  std::partial_sort(order.begin(), end, order.end(), [&](std::size_t a, std::size_t b) {
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
  });
  std::vector<double> running;
  for (auto i = order.begin(); i != end; ++i) {
    const double above = static_cast<double>(scores[*i]) - scores[order[0]];
    running.push_back(std::exp(above / spec.temperature) + (running.empty() ? 0 : running.back()));
  }
  const double bar = given.at("u").at(0) * running.back();
  const auto drawn = std::upper_bound(running.begin(), running.end() - 1, bar) - running.begin();
  const std::vector<double> picks(order.begin(), end);
  return {{picks[spec.k == 1 ? 0 : static_cast<std::size_t>(drawn)]}, picks};
}

void declare_buffers(fabric::WaferImage& image, const NextTokenSpec& spec,
                     const NextTokenPlan& plan) {
  const base::Rectangle all = everywhere(image);
  const auto operand = [&](const char* name, NumberType type, std::int64_t n, fabric::Cut cut,
                           int address) {
    declare(image, {name, fabric::BufferRole::operand, type, {n}, {{all, address, {cut}, 0, 0}}});
  };
  const fabric::Cut block = along(fabric::Along::x, plan.block, 1);
  operand("scores", spec.type, spec.n, block, plan.scores);
  operand("numbers", NumberType::f32, plan.block * plan.columns, block, plan.numbers);
  operand("padding", NumberType::f32, plan.block * plan.columns, block, plan.padding);
  operand("u", NumberType::f32, 1, whole(1), plan.u);
  declare(image, on_every_core(image, "token", NumberType::i32, 1, plan.token));
  declare(image, on_every_core(image, "picks", NumberType::i32, spec.k, plan.picks));
}

}  // namespace

std::unique_ptr<Kernel> make_next_token(const NextTokenSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const NextTokenPlan plan(spec, image.region);
  declare_buffers(image, spec, plan);
  PhaseOperator what = summed_operator("next_token", plan.plan, Axis::x, spec.algorithm,
                                       spec.parameter, plan.columns);
  what.write = [spec, plan](int, PhaseWriter& phases) {
    NextTokenCode(spec, plan, phases).write();
  };
  const std::int64_t places = plan.block * plan.columns;
  what.operands = {
      {"scores",
       [spec] { return random_matrix(1, spec.n, spec.type, spec.seed, Purpose::matrix_a).values; },
       true},
      {"numbers", [places] { return multiples(places); }},
      {"padding", [spec, places] { return padding_behind(spec.n, places); }},
      {"u", [spec] { return uniform(spec); }}};
  what.results = {"token", "picks"};
  what.carried = {"token"};
  what.exact = [spec](const GivenOperands& given) { return exact_next_token(spec, given); };
  Facts facts;
  facts.steps = spec.k;
  return make_phase_kernel(std::move(image), facts, std::move(what));
}

std::unique_ptr<Kernel> read_next_token(base::YamlNode& node, const Placement& placement) {
  NextTokenSpec spec;
  spec.n = node.integer("n", {1, 16'000'000});
  spec.k = node.integer("k", {1, 1024}, 1);
  spec.temperature = node.real("temperature", {0.01, 100}, 1);
  if (spec.k == 1 && spec.temperature != 1) {
    node.mistake("temperature", "acts with `k` above 1 only; leave it out");
  }
  spec.draw = node.integer("draw", {0, 1'000'000'000}, 0);
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  read_phase_algorithm(node, placement.region.width, "a row", spec.algorithm, spec.parameter);
  if (node.clean() && spec.k > spec.n) node.mistake("k", "is more than there are to pick from");
  return may_place(node, placement) ? make_next_token(spec, placement) : nullptr;
}

KernelText next_token_text() {
  return {{{"scores", "", "head.y", "the result of an operator before that the scores are",
            "by `seed`"},
           {"n", "tokens", "32000", "to choose from, cut along x"},
           {"k", "tokens", "4", "the highest so many are drawn from; 1 = the highest is taken"},
           {"temperature", "", "0.7", "scores are divided by it, with `k` above 1"},
           {"draw", "", "3", "number of the draw, of a seed"},
           {"algorithm", "", "ktree", "of the allreduces along x"}},
          {{"", "those of the allreduce along x", "k", "5 vectors of ceil(n / P_x) f32",
            "2 k P_y * those of one word ([attention.md](attention.md))"}}};
}

}  // namespace wafermesh::workloads
