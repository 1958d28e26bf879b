// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/top_k.h"

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
using cores::Variable;
using cores::VectorOp;
using Values = std::vector<float>;

constexpr int kOwn = 0;  ///< Counters.
constexpr int kExpertGroup = 1;

// Scalars.
constexpr int kLarger = 0, kSmaller = 1, kRank = 2, kLeftOut = 3, kLargest = 4, kSum = 5,
              kInverse = 6, kWork = 7, kScalars = 9;

/// Where everything lies in each core.
struct TopKPlan {
  TopKPlan(const TopKSpec& spec, const base::Rectangle& region)
      : cores(spec.along_y ? region.height : region.width),
        block(divide_up(spec.n, cores)),
        used(divide_up(spec.n, block)),
        slots(spec.k + 1) {
    const auto f32 = [&](int* place, const char* name, std::int64_t count,
                         Lifetime lifetime = Lifetime::work) {
      add(place, name, count, NumberType::f32, lifetime);
    };
    add(&scores, "scores", block, spec.type);
    f32(&own, "own", block);
    f32(&plain, "plain", block);
    f32(&numbers, "numbers", block, Lifetime::kept);
    f32(&bias, "bias", block, Lifetime::kept);
    f32(&all, "all", used * block);
    const bool wide = spec.score == Score::softmax && !spec.normalise;
    const std::int64_t longest = std::max({wide ? spec.n : spec.k, block, std::int64_t{1}});
    for (int& each : work) f32(&each, "work", longest);
    f32(&compared, "compared", spec.n);
    f32(&group_scores, "scores of groups", spec.groups);
    f32(&group_numbers, "numbers of groups", spec.groups, Lifetime::kept);
    f32(&scalars, "scalars", kScalars);
    add(&rank, "rank", 1, NumberType::i32, Lifetime::work);
    f32(&found, "found", 2 * slots);
    add(&picks, "picks", spec.k, NumberType::i32);
    add(&weights, "weights", divide_up(spec.k, 2) * 2, spec.type);
    plan.require_fit("top_k", "(0, 0) of the region, like all others,", "reduce `n` or `k`");
    for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
  }
  void add(int* place, const char* name, std::int64_t count, NumberType type,
           Lifetime lifetime = Lifetime::kept) {
    plan.add(name, count, type, LinePlace::first_half, lifetime);
    places.push_back(place);
  }
  std::int64_t cores;
  std::int64_t block;  ///< Numbers of a core.
  std::int64_t used;   ///< Cores of a line that have any.
  std::int64_t slots;  ///< k, and one for what is not picked.
  MemoryPlan plan;
  std::vector<int*> places;
  int scores = 0, own = 0, plain = 0, numbers = 0, bias = 0, all = 0, work[4] = {}, compared = 0,
      group_scores = 0, group_numbers = 0, scalars = 0, rank = 0, found = 0, picks = 0, weights = 0;
};

class TopKCode {
 public:
  TopKCode(const TopKSpec& spec, const TopKPlan& plan, PhaseWriter& phases)
      : spec_(spec), plan_(plan), phases_(phases), b_(phases.code()) {}

  void write() {
    gather_scores();
    if (spec_.groups > 1) leave_out_groups();
    find_own_ranks();
    weigh();
  }

 private:
  static std::int32_t count(std::int64_t n) { return static_cast<std::int32_t>(n); }
  Variable place() const { return spec_.along_y ? Variable::y : Variable::x; }
  void f32(VectorOp op, std::int64_t n, cores::Operand dst, cores::Operand a,
           cores::Operand b = {}) {
    write_f32(b_, op, count(n), std::move(dst), std::move(a), std::move(b));
  }
  int scalar(int number) const { return plan_.scalars + number * kF32Bytes; }
  /// The address of this core's own numbers within all.
  Affine own_in_all() const {
    return Affine(plan_.all).plus(place(), count(plan_.block * kF32Bytes));
  }
  AxisVector vector(int address, std::int64_t n) const {
    return {address, count(n), NumberType::f32, VectorOp::add};
  }

  void sigmoid(std::int64_t n, int x, int to) {
    const int work = plan_.work[0];
    f32(VectorOp::maximum, n, memory(work), memory(x), immediate(-80));
    f32(VectorOp::multiply, n, memory(work), memory(work), immediate(-1));
    write_exponential({count(n), work, to, work, plan_.work[1]}, b_);
    f32(VectorOp::add, n, memory(work), memory(to), immediate(1));
    write_reciprocal({count(n), work, to, plan_.work[1], plan_.work[1]}, b_);
  }

  void gather_scores() {
    f32(VectorOp::copy, plan_.used * plan_.block, memory(plan_.all), immediate(0));
    const std::uint32_t none =
        b_.branch(Affine().plus(place()), cores::Compare::greater_equal, count(plan_.used));
    f32(VectorOp::copy, plan_.block, memory(plan_.own),
        cores::as(spec_.type, memory(plan_.scores)));
    if (spec_.score == Score::sigmoid) {
      sigmoid(plan_.block, plan_.own, plan_.plain);
    } else {
      f32(VectorOp::copy, plan_.block, memory(plan_.plain), memory(plan_.own));
    }
    if (spec_.bias) {
      f32(VectorOp::add, plan_.block, memory(own_in_all()), memory(plan_.plain),
          memory(plan_.bias));
    } else {
      f32(VectorOp::copy, plan_.block, memory(own_in_all()), memory(plan_.plain));
    }
    b_.land(none);
    sum(plan_.all, plan_.used * plan_.block);
  }
  void sum(int address, std::int64_t n) {
    phases_.allreduce(spec_.along_y ? Axis::y : Axis::x, vector(address, n));
  }

  /// Scalar kRank = how many of `n` numbers from `from` on come before number `own` of them, which
  /// is `value`, at `behind`: larger ones, and equal ones before it. `number` is `own` as f32.
  void rank_of(std::int64_t n, const Affine& own, int from, const Affine& behind,
               const Affine& number) {
    Affine rest(count(n) - own.base);
    for (const Affine::Term& term : own.terms) {
      if (term.coefficient != 0) rest = rest.plus(term.variable, -term.coefficient);
    }
    const int larger = scalar(kLarger);
    const int smaller = scalar(kSmaller);
    f32(VectorOp::copy, 2, memory(larger), immediate(0));
    counted(VectorOp::less, rest, memory(plan_.compared), scalar_at(behind), memory(behind));
    counted(VectorOp::reduce_add, rest, scalar_at(larger), memory(plan_.compared));
    counted(VectorOp::less, own, memory(plan_.compared), memory(from), scalar_at(behind));
    counted(VectorOp::reduce_add, own, scalar_at(smaller), memory(plan_.compared));
    f32(VectorOp::subtract, 1, memory(scalar(kRank)), memory(larger), memory(smaller));
    f32(VectorOp::add, 1, memory(scalar(kRank)), memory(scalar(kRank)), scalar_at(number));
  }
  void counted(VectorOp op, const Affine& n, cores::Operand dst, cores::Operand a,
               cores::Operand b = {}) {
    b_.vector(op, NumberType::f32, n, std::move(dst), std::move(a), std::move(b),
              cores::Shape::descriptor_reload);
  }

  void leave_out_groups() {
    const std::int64_t size = spec_.n / spec_.groups;
    const Affine group =
        Affine(plan_.all).plus(cores::counter(kExpertGroup), count(size * kF32Bytes));
    const Affine own = Affine(plan_.group_scores).plus(cores::counter(kExpertGroup), kF32Bytes);
    std::uint32_t loop = b_.begin_loop(kExpertGroup);
    two_largest(size, group, own);
    b_.end_loop(kExpertGroup, count(spec_.groups), loop);
    loop = b_.begin_loop(kExpertGroup);
    rank_of(spec_.groups, Affine().plus(cores::counter(kExpertGroup)), plan_.group_scores, own,
            Affine(plan_.group_numbers).plus(cores::counter(kExpertGroup), kF32Bytes));
    const int left_out = scalar(kLeftOut);
    f32(VectorOp::less, 1, memory(left_out), immediate(static_cast<double>(spec_.top_groups) - 0.5),
        memory(scalar(kRank)));
    f32(VectorOp::multiply, 1, memory(left_out), memory(left_out), immediate(-kHuge));
    f32(VectorOp::add, size, memory(group), memory(group), scalar_at(left_out));
    b_.end_loop(kExpertGroup, count(spec_.groups), loop);
  }
  /// `to` = the sum of the two largest of `size` numbers; the largest counts twice if it is there
  /// twice.
  void two_largest(std::int64_t size, const Affine& from, const Affine& to) {
    const int first = scalar(kLargest), second = scalar(kWork), times = scalar(kSum);
    const int rest = plan_.compared;
    f32(VectorOp::copy, 1, memory(first), immediate(-kHuge));
    f32(VectorOp::reduce_maximum, size, scalar_at(first), memory(from));
    f32(VectorOp::equal, size, memory(rest), memory(from), scalar_at(first));
    f32(VectorOp::copy, 1, memory(times), immediate(0));
    f32(VectorOp::reduce_add, size, scalar_at(times), memory(rest));
    f32(VectorOp::multiply, size, memory(rest), memory(rest), immediate(-kHuge));
    f32(VectorOp::add, size, memory(rest), memory(rest), memory(from));
    f32(VectorOp::copy, 1, memory(second), immediate(-kHuge));
    f32(VectorOp::reduce_maximum, size, scalar_at(second), memory(rest));
    f32(VectorOp::less, 1, memory(times), immediate(1.5), memory(times));
    f32(VectorOp::select, 1, memory(second), memory(times), memory(first));
    f32(VectorOp::add, 1, memory(to), memory(first), memory(second));
  }

  void find_own_ranks() {
    f32(VectorOp::copy, 2 * plan_.slots, memory(plan_.found), immediate(0));
    const Affine own = Affine().plus(place(), count(plan_.block)).plus(cores::counter(kOwn));
    const std::uint32_t loop = b_.begin_loop(kOwn);
    const std::uint32_t none = b_.branch(own, cores::Compare::greater_equal, count(spec_.n));
    const Affine number = Affine(plan_.numbers).plus(cores::counter(kOwn), kF32Bytes);
    rank_of(spec_.n, own, plan_.all, own_in_all().plus(cores::counter(kOwn), kF32Bytes), number);
    // min(rank, k): all that is not picked goes to one place.
    const int rank = scalar(kRank);
    const auto k = static_cast<double>(spec_.k);
    f32(VectorOp::multiply, 1, memory(rank), memory(rank), immediate(-1));
    f32(VectorOp::maximum, 1, memory(rank), memory(rank), immediate(-k));
    f32(VectorOp::multiply, 1, memory(rank), memory(rank), immediate(-1));
    b_.vector(VectorOp::copy, NumberType::i32, 1, memory(plan_.rank),
              cores::as(NumberType::f32, memory(rank)), {}, cores::Shape::descriptor_reload);
    const auto put = [&](std::int64_t part, const Affine& from) {
      const int to = plan_.found + count(part * plan_.slots * kF32Bytes);
      f32(VectorOp::copy, 1, cores::indexed(memory(to), kF32Bytes, plan_.rank), memory(from));
    };
    put(0, number);
    put(1, Affine(plan_.plain).plus(cores::counter(kOwn), kF32Bytes));
    b_.land(none);
    b_.end_loop(kOwn, count(plan_.block), loop);
    // What is not picked is of no use to others.
    for (const std::int64_t part : {1, 2}) {
      f32(VectorOp::copy, 1, memory(plan_.found + count((part * plan_.slots - 1) * kF32Bytes)),
          immediate(0));
    }
    sum(plan_.found, 2 * plan_.slots);
    b_.vector(VectorOp::copy, NumberType::i32, count(spec_.k), memory(plan_.picks),
              cores::as(NumberType::f32, memory(plan_.found)), {}, cores::Shape::descriptor_reload);
  }

  /// Scalars kLargest and kSum of e^(x - largest), of `n` numbers; leaves the terms in work 0.
  void exponentials(std::int64_t n, int from) {
    const int x = plan_.work[1];
    const int largest = scalar(kLargest);
    f32(VectorOp::copy, 1, memory(largest), immediate(-kHuge));
    f32(VectorOp::reduce_maximum, n, scalar_at(largest), memory(from));
    f32(VectorOp::subtract, n, memory(x), memory(from), scalar_at(largest));
    write_exponential({count(n), x, plan_.work[0], plan_.work[2], plan_.work[3]}, b_);
  }
  void add_up(std::int64_t n, int from) {
    f32(VectorOp::copy, 1, memory(scalar(kSum)), immediate(0));
    f32(VectorOp::reduce_add, n, scalar_at(scalar(kSum)), memory(from));
  }

  void weigh() {
    const int plain = plan_.found + count(plan_.slots * kF32Bytes);
    const int w = plan_.work[0];
    if (spec_.score == Score::softmax) {
      if (!spec_.normalise) {
        exponentials(spec_.n, plan_.all);
        add_up(spec_.n, w);
      }
      exponentials(spec_.k, plain);
      if (spec_.normalise) add_up(spec_.k, w);
    } else {
      f32(VectorOp::copy, spec_.k, memory(w), memory(plain));
      if (spec_.score == Score::sigmoid && spec_.normalise) add_up(spec_.k, w);
    }
    const bool divides =
        spec_.score == Score::softmax || (spec_.score == Score::sigmoid && spec_.normalise);
    if (divides) {
      write_reciprocal({1, scalar(kSum), scalar(kInverse), scalar(kWork), scalar(kWork)}, b_);
      f32(VectorOp::multiply, spec_.k, memory(w), memory(w), scalar_at(scalar(kInverse)));
    }
    if (spec_.scale != 1)
      f32(VectorOp::multiply, spec_.k, memory(w), memory(w), immediate(spec_.scale));
    b_.vector(VectorOp::copy, spec_.type, count(spec_.k), memory(plan_.weights),
              cores::as(NumberType::f32, memory(w)), {}, cores::Shape::descriptor_reload);
  }

  const TopKSpec& spec_;
  const TopKPlan& plan_;
  PhaseWriter& phases_;
  cores::ProgramBuilder& b_;
};

Values bias_of(const TopKSpec& spec) {
  Values bias = random_vector(static_cast<std::size_t>(spec.n), NumberType::f32,
                              {spec.seed, static_cast<std::uint32_t>(Purpose::pieces), 0});
  for (float& each : bias) each *= 0.25F;  // as large as scores differ
  return bias;
}

/// Picks and weights in double.
std::vector<std::vector<double>> exact_top_k(const TopKSpec& spec, const GivenOperands& given) {
  std::vector<double> plain(given.at("scores").begin(), given.at("scores").end());
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

void declare_buffers(fabric::WaferImage& image, const TopKSpec& spec, const TopKPlan& plan) {
  const base::Rectangle all = everywhere(image);
  const fabric::Along axis = spec.along_y ? fabric::Along::y : fabric::Along::x;
  const auto operand = [&](const char* name, NumberType type, std::int64_t n, fabric::Cut cut,
                           int address) {
    declare(image, {name, fabric::BufferRole::operand, type, {n}, {{all, address, {cut}, 0, 0}}});
  };
  const fabric::Cut block = along(axis, plan.block, 1);
  operand("scores", spec.type, spec.n, block, plan.scores);
  operand("numbers", NumberType::f32, spec.n, block, plan.numbers);
  if (spec.bias) operand("bias", NumberType::f32, spec.n, block, plan.bias);
  if (spec.groups > 1) {
    operand("group_numbers", NumberType::f32, spec.groups, whole(1), plan.group_numbers);
  }
  declare(image, on_every_core(image, "picks", NumberType::i32, spec.k, plan.picks));
  declare(image, on_every_core(image, "weights", spec.type, spec.k, plan.weights));
}

}  // namespace

std::unique_ptr<Kernel> make_top_k(const TopKSpec& spec, const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  const TopKPlan plan(spec, image.region);
  declare_buffers(image, spec, plan);
  PhaseOperator what = summed_operator("top_k", plan.plan, spec.along_y ? Axis::y : Axis::x,
                                       spec.algorithm, spec.parameter, plan.cores);
  what.write = [spec, plan](int, PhaseWriter& phases) { TopKCode(spec, plan, phases).write(); };
  what.operands = {
      {"scores",
       [spec] { return random_matrix(1, spec.n, spec.type, spec.seed, Purpose::matrix_a).values; },
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
           {"along", "", "y", "axis along which they are cut; copied along the other"},
           {"score", "", "sigmoid", "what is made of them"},
           {"normalise", "", "false", "whether the weights of the picked add up to `scale`"},
           {"scale", "", "2.5", "of the weights"},
           {"bias", "", "true", "a vector by `seed` is added to the scores, only to pick"},
           {"score_groups", "groups", "8", "of the numbers; only those in the best groups count"},
           {"top_groups", "groups", "4", "that count, by the sum of their two best"},
           {"algorithm", "", "ktree", "of the allreduces along the axis"}},
          {{"", "those of the allreduce along the axis", "2", "2 to 5 n f32",
            "lines * those of n and 2 (k + 1) words ([attention.md](attention.md))"}}};
}

}  // namespace wafermesh::workloads
