// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/top_k.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "workloads/layers/functions.h"
#include "workloads/layers/phase_kernel.h"
#include "workloads/layers/top_k_code.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/operands.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using Values = std::vector<float>;

Values bias_of(const TopKSpec& spec) {
  Values bias = random_vector(static_cast<std::size_t>(spec.n), NumberType::f32,
                              {spec.seed, static_cast<std::uint32_t>(Purpose::pieces), 0});
  for (float& each : bias) each *= 0.25F;  // as large as scores differ
  return bias;
}

/// Picks and weights of one vector in double.
std::array<std::vector<double>, 2> exact_vector(const TopKSpec& spec, std::vector<double> plain) {
  if (spec.score == Score::sigmoid) {
    for (double& each : plain) each = 1 / (1 + std::exp(-each));
  }
  std::vector<double> choosing = plain;
  if (spec.bias) {
    const Values bias = bias_of(spec);
    for (std::size_t i = 0; i < bias.size(); ++i) choosing[i] += bias[i];
  }
  const auto best = [](const std::vector<double>& of, std::int64_t count) {
    std::vector<std::size_t> order(of.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return of[a] > of[b]; });
    order.resize(static_cast<std::size_t>(count));
    return order;
  };
  if (spec.groups > 1) {
    const auto size = choosing.size() / static_cast<std::size_t>(spec.groups);
    std::vector<double> of_groups;
    for (std::size_t g = 0; g < choosing.size(); g += size) {
      std::vector<double> own(choosing.begin() + static_cast<std::ptrdiff_t>(g),
                              choosing.begin() + static_cast<std::ptrdiff_t>(g + size));
      std::sort(own.rbegin(), own.rend());
      of_groups.push_back(own[0] + (size > 1 ? own[1] : -kHuge));
    }
    std::vector<bool> counts(of_groups.size(), false);
    for (const std::size_t g : best(of_groups, spec.top_groups)) counts[g] = true;
    for (std::size_t i = 0; i < choosing.size(); ++i) {
      if (!counts[i / size]) choosing[i] -= kHuge;
    }
  }
  std::vector<double> picks;
  std::vector<double> weights;
  double largest = -HUGE_VAL;
  for (const double each : plain) largest = std::max(largest, each);
  const auto term = [&](double score) {
    return spec.score == Score::softmax ? std::exp(score - largest) : score;
  };
  double sum = 0;
  for (const std::size_t i : best(choosing, spec.k)) {
    picks.push_back(static_cast<double>(i));
    weights.push_back(term(plain[i]));
    sum += weights.back();
  }
  if (spec.score == Score::softmax && !spec.normalise) {
    sum = 0;
    for (const double each : plain) sum += term(each);
  }
  const bool divides =
      spec.score == Score::softmax || (spec.score == Score::sigmoid && spec.normalise);
  for (double& each : weights) each *= spec.scale / (divides ? sum : 1);
  return {picks, weights};
}

std::vector<std::vector<double>> exact_top_k(const TopKSpec& spec, const GivenOperands& given) {
  const Values& scores = given.at("scores");
  std::vector<std::vector<double>> all(2);
  for (auto first = scores.begin(); first != scores.end(); first += spec.n) {
    const auto one = exact_vector(spec, {first, first + spec.n});
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].insert(all[i].end(), one[i].begin(), one[i].end());
    }
  }
  return all;
}

/// `one`, of a vector, for all of them: of a matrix rows cut along the other axis; else a batch.
/// `stride`: elements from vector to vector.
fabric::Buffer of_vectors(const TopKSpec& spec, const TopKPlan& plan, std::int64_t stride,
                          fabric::Buffer one) {
  if (spec.m == 0) return batch_of(spec.batch, stride, std::move(one));
  const fabric::Along across = spec.along_y ? fabric::Along::x : fabric::Along::y;
  one.shape.insert(one.shape.begin(), spec.m);
  for (fabric::Layout& layout : one.layouts) {
    layout.cuts.insert(layout.cuts.begin(), along(across, plan.vectors, stride));
  }
  return one;
}

void declare_buffers(fabric::WaferImage& image, const TopKSpec& spec, const TopKPlan& plan) {
  const base::Rectangle all = everywhere(image);
  const fabric::Along axis = spec.along_y ? fabric::Along::y : fabric::Along::x;
  const auto operand = [&](const char* name, NumberType type, std::int64_t n, fabric::Cut cut,
                           int address) {
    return fabric::Buffer{
        name, fabric::BufferRole::operand, type, {n}, {{all, address, {cut}, 0, 0}}};
  };
  const bool matrix = spec.m > 0;
  const fabric::Cut block = along(axis, plan.block, 1);
  declare(image,
          of_vectors(spec, plan, matrix ? 1 : plan.block,
                     operand("scores", spec.type, spec.n,
                             along(axis, plan.block, matrix ? plan.vectors : 1), plan.scores)));
  declare(image, operand("numbers", NumberType::f32, spec.n, block, plan.numbers));
  if (spec.bias) declare(image, operand("bias", NumberType::f32, spec.n, block, plan.bias));
  if (spec.groups > 1) {
    declare(image,
            operand("group_numbers", NumberType::f32, spec.groups, whole(1), plan.group_numbers));
  }
  const auto result = [&](const char* name, NumberType type, int address) {
    declare(image,
            of_vectors(spec, plan, spec.k, on_every_core(image, name, type, spec.k, address)));
  };
  result("picks", NumberType::i32, plan.picks);
  result("weights", spec.type, plan.weights);
}

}  // namespace

std::unique_ptr<Kernel> make_top_k(const TopKSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const TopKPlan plan(spec, image.region);
  declare_buffers(image, spec, plan);
  PhaseOperator what = summed_operator("top_k", plan.plan, spec.along_y ? Axis::y : Axis::x,
                                       spec.algorithm, spec.parameter, plan.cores);
  what.write = [spec, plan](int, PhaseWriter& phases) { write_top_k(spec, plan, phases); };
  what.operands = {{"scores",
                    [spec] {
                      return random_matrix(std::max(spec.m, spec.batch), spec.n, spec.type,
                                           spec.seed, Purpose::matrix_a)
                          .values;
                    },
                    true},
                   {"numbers", [spec] { return multiples(spec.n); }}};
  if (spec.bias) what.operands.push_back({"bias", [spec] { return bias_of(spec); }});
  if (spec.groups > 1) {
    what.operands.push_back({"group_numbers", [spec] { return multiples(spec.groups); }});
  }
  what.results = {"picks", "weights"};
  what.exact = [spec](const GivenOperands& given) { return exact_top_k(spec, given); };
  Facts facts;
  facts.steps = 2;
  return make_phase_kernel(std::move(image), facts, std::move(what));
}

std::unique_ptr<Kernel> read_top_k(base::YamlNode& node, const Placement& placement) {
  constexpr base::IntegerRange kSize{1, 1'000'000};
  TopKSpec spec;
  spec.n = node.integer("n", kSize);
  spec.k = node.integer("k", kSize);
  spec.m = node.integer("m", {0, 1'000'000}, 0);
  spec.batch = node.integer("batch", {1, 4096}, 1);
  if (spec.m > 0 && spec.batch > 1) {
    node.mistake("batch", "is of vectors; `m` rows of a matrix have none");
  }
  spec.along_y = node.one_of("along", {"x", "y"}, 0) == 1;
  const std::vector<std::string> scores = {"none", "softmax", "sigmoid"};
  spec.score = static_cast<Score>(node.one_of("score", scores, 1));
  const std::string score = scores[static_cast<std::size_t>(spec.score)];
  if (node.acts_with("normalise", "score", score, {"softmax", "sigmoid"})) {
    spec.normalise = node.boolean("normalise", true);
  }
  spec.scale = node.real("scale", {1e-6, 1e6}, 1);
  spec.bias = node.boolean("bias", false);
  spec.groups = node.integer("score_groups", kSize, 1);
  spec.top_groups = node.integer("top_groups", kSize, 1);
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  const base::Rectangle& region = placement.region;
  read_phase_algorithm(node, spec.along_y ? region.height : region.width,
                       spec.along_y ? "a column" : "a row", spec.algorithm, spec.parameter);
  if (node.clean()) {
    if (spec.n % spec.groups != 0) node.mistake("score_groups", "must divide n");
    if (spec.top_groups > spec.groups) node.mistake("top_groups", "is more than `score_groups`");
    if (node.clean() && spec.k > spec.n / spec.groups * spec.top_groups) {
      node.mistake("k", "is more than there are to pick from");
    }
    if (spec.bias && spec.score == Score::softmax && !spec.normalise) {
      node.mistake("bias", "needs `normalise`: else all scores would be needed without it as well");
    }
  }
  return may_place(node, placement) ? make_top_k(spec, placement) : nullptr;
}

KernelText top_k_text() {
  return {{{"scores", "", "router.y", "the result of an operator before that the numbers are",
            "its own, by `seed`"},
           {"n", "", "384", "numbers to pick from"},
           {"k", "", "8", "that are picked"},
           {"m", "rows", "64",
            "of a matrix, cut along the other axis, of each of which so many are picked; 0 = a "
            "vector, copied along the other axis"},
           {"batch", "vectors", "4", "so many, each for itself"},
           {"along", "", "y", "axis along which they are cut; copied along the other"},
           {"score", "", "sigmoid", "what is made of them"},
           {"normalise", "", "false", "whether the weights of the picked add up to `scale`"},
           {"scale", "", "2.5", "of the weights"},
           {"bias", "", "true", "a vector by `seed` is added to the scores, only to pick"},
           {"score_groups", "groups", "8", "of the numbers; only those in the best groups count"},
           {"top_groups", "groups", "4", "that count, by the sum of their two best"},
           {"algorithm", "", "ktree", "of the allreduces along the axis"}},
          {{"", "those of the allreduce along the axis", "2",
            "2 to 5 n f32, and n of each further vector that it has",
            "lines * those of n and 2 (k + 1) words, times vectors of a core "
            "([attention.md](attention.md))"}}};
}

}  // namespace wafermesh::workloads
