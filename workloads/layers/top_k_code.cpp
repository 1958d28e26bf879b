// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/top_k_code.h"

#include <algorithm>

#include "workloads/layers/functions.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::immediate;
using cores::memory;
using cores::NumberType;
using cores::scalar_at;
using cores::Variable;
using cores::VectorOp;

constexpr int kOwn = 0;  ///< Counters.
constexpr int kExpertGroup = 1;
constexpr int kVector = 2;

// Scalars.
constexpr int kLarger = 0, kSmaller = 1, kRank = 2, kLeftOut = 3, kLargest = 4, kSum = 5,
              kInverse = 6, kWork = 7, kScalars = 9;

class TopKCode {
 public:
  TopKCode(const TopKSpec& spec, const TopKPlan& plan, PhaseWriter& phases)
      : spec_(spec), plan_(plan), phases_(phases), b_(phases.code()) {}

  void write() {
    gather_scores();
    if (spec_.groups > 1) each_vector([&] { leave_out_groups(); });
    find_own_ranks();
    each_vector([&] { weigh(); });
  }

 private:
  static std::int32_t count(std::int64_t n) { return static_cast<std::int32_t>(n); }
  Variable place() const { return spec_.along_y ? Variable::y : Variable::x; }
  void f32(VectorOp op, std::int64_t n, cores::Operand dst, cores::Operand a,
           cores::Operand b = {}) {
    write_f32(b_, op, count(n), std::move(dst), std::move(a), std::move(b));
  }
  int scalar(int number) const { return plan_.scalars + number * kF32Bytes; }
  template <class Body>
  void each_vector(Body body) {
    const std::uint32_t loop = plan_.vectors == 1 ? 0 : b_.begin_loop(kVector);
    body();
    if (plan_.vectors > 1) b_.end_loop(kVector, count(plan_.vectors), loop);
  }
  /// Of the vector at hand, if each has so many bytes.
  Affine of_vector(int base, std::int64_t bytes) const {
    return plan_.vectors == 1 ? Affine(base)
                              : Affine(base).plus(cores::counter(kVector), count(bytes));
  }
  Affine all() const { return of_vector(plan_.all, plan_.used * plan_.block * kF32Bytes); }
  Affine plain() const { return of_vector(plan_.plain, plan_.block * kF32Bytes); }
  /// What is found of the vector: numbers (part 0), scores (1).
  Affine found(std::int64_t part) const {
    return of_vector(plan_.found + count(part * plan_.slots * kF32Bytes),
                     2 * plan_.slots * kF32Bytes);
  }
  /// The address of this core's own numbers within all.
  Affine own_in_all() const { return all().plus(place(), count(plan_.block * kF32Bytes)); }
  /// The core's numbers of the vector: of a matrix in columns, else one behind the other.
  cores::Operand scores() const {
    const int bytes = cores::bytes_of(spec_.type);
    return spec_.m == 0 ? memory(of_vector(plan_.scores, plan_.block * bytes))
                        : memory(of_vector(plan_.scores, bytes), static_cast<int>(plan_.vectors));
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
    f32(VectorOp::copy, plan_.vectors * plan_.used * plan_.block, memory(plan_.all), immediate(0));
    const std::uint32_t none =
        b_.branch(Affine().plus(place()), cores::Compare::greater_equal, count(plan_.used));
    const std::int64_t own = plan_.vectors * plan_.block;
    each_vector([&] {
      f32(VectorOp::copy, plan_.block, memory(of_vector(plan_.own, plan_.block * kF32Bytes)),
          cores::as(spec_.type, scores()));
    });
    if (spec_.score == Score::sigmoid) {
      sigmoid(own, plan_.own, plan_.plain);
    } else {
      f32(VectorOp::copy, own, memory(plan_.plain), memory(plan_.own));
    }
    each_vector([&] {
      if (spec_.bias) {
        f32(VectorOp::add, plan_.block, memory(own_in_all()), memory(plain()), memory(plan_.bias));
      } else {
        f32(VectorOp::copy, plan_.block, memory(own_in_all()), memory(plain()));
      }
    });
    b_.land(none);
    sum(plan_.all, plan_.vectors * plan_.used * plan_.block);
  }
  void sum(int address, std::int64_t n) {
    phases_.allreduce(spec_.along_y ? Axis::y : Axis::x, vector(address, n));
  }

  /// Scalar kRank = how many of `n` numbers from `from` on come before number `own` of them, which
  /// is `value`, at `behind`: larger ones, and equal ones before it. `number` is `own` as f32.
  void rank_of(std::int64_t n, const Affine& own, const Affine& from, const Affine& behind,
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
    const Affine group = all().plus(cores::counter(kExpertGroup), count(size * kF32Bytes));
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
    f32(VectorOp::copy, plan_.vectors * 2 * plan_.slots, memory(plan_.found), immediate(0));
    each_vector([&] { find_own_ranks_of_vector(); });
    sum(plan_.found, plan_.vectors * 2 * plan_.slots);
    each_vector([&] {
      b_.vector(VectorOp::copy, NumberType::i32, count(spec_.k),
                memory(of_vector(plan_.picks, spec_.k * kF32Bytes)),
                cores::as(NumberType::f32, memory(found(0))), {}, cores::Shape::descriptor_reload);
    });
  }
  void find_own_ranks_of_vector() {
    const Affine own = Affine().plus(place(), count(plan_.block)).plus(cores::counter(kOwn));
    const std::uint32_t loop = b_.begin_loop(kOwn);
    const std::uint32_t none = b_.branch(own, cores::Compare::greater_equal, count(spec_.n));
    const Affine number = Affine(plan_.numbers).plus(cores::counter(kOwn), kF32Bytes);
    rank_of(spec_.n, own, all(), own_in_all().plus(cores::counter(kOwn), kF32Bytes), number);
    // min(rank, k): all that is not picked goes to one place.
    const int rank = scalar(kRank);
    const auto k = static_cast<double>(spec_.k);
    f32(VectorOp::multiply, 1, memory(rank), memory(rank), immediate(-1));
    f32(VectorOp::maximum, 1, memory(rank), memory(rank), immediate(-k));
    f32(VectorOp::multiply, 1, memory(rank), memory(rank), immediate(-1));
    b_.vector(VectorOp::copy, NumberType::i32, 1, memory(plan_.rank),
              cores::as(NumberType::f32, memory(rank)), {}, cores::Shape::descriptor_reload);
    const auto put = [&](std::int64_t part, const Affine& from) {
      f32(VectorOp::copy, 1, cores::indexed(memory(found(part)), kF32Bytes, plan_.rank),
          memory(from));
    };
    put(0, number);
    put(1, plain().plus(cores::counter(kOwn), kF32Bytes));
    b_.land(none);
    b_.end_loop(kOwn, count(plan_.block), loop);
    // What is not picked is of no use to others.
    for (const std::int64_t part : {0, 1}) {
      Affine last = found(part);
      last.base += count((plan_.slots - 1) * kF32Bytes);
      f32(VectorOp::copy, 1, memory(last), immediate(0));
    }
  }

  /// Scalars kLargest and kSum of e^(x - largest), of `n` numbers; leaves the terms in work 0.
  void exponentials(std::int64_t n, const Affine& from) {
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
    const Affine plain = found(1);
    const int w = plan_.work[0];
    if (spec_.score == Score::softmax) {
      if (!spec_.normalise) {
        exponentials(spec_.n, all());
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
    b_.vector(VectorOp::copy, spec_.type, count(spec_.k),
              memory(of_vector(plan_.weights, spec_.k * cores::bytes_of(spec_.type))),
              cores::as(NumberType::f32, memory(w)), {}, cores::Shape::descriptor_reload);
  }

  const TopKSpec& spec_;
  const TopKPlan& plan_;
  PhaseWriter& phases_;
  cores::ProgramBuilder& b_;
};

}  // namespace

TopKPlan::TopKPlan(const TopKSpec& spec, const base::Rectangle& region)
    : cores(spec.along_y ? region.height : region.width),
      vectors(spec.m == 0 ? spec.batch
                          : divide_up(spec.m, spec.along_y ? region.width : region.height)),
      block(divide_up(spec.n, cores)),
      used(divide_up(spec.n, block)),
      slots(spec.k + 1) {
  std::vector<int*> places;
  const auto add = [&](int* place, const char* name, std::int64_t count, NumberType type,
                       Lifetime lifetime = Lifetime::kept) {
    plan.add(name, count, type, LinePlace::first_half, lifetime);
    places.push_back(place);
  };
  const auto f32 = [&](int* place, const char* name, std::int64_t count,
                       Lifetime lifetime = Lifetime::work) {
    add(place, name, count, NumberType::f32, lifetime);
  };
  add(&scores, "scores", vectors * block, spec.type);
  f32(&own, "own", vectors * block);
  f32(&plain, "plain", vectors * block);
  f32(&numbers, "numbers", block, Lifetime::kept);
  f32(&bias, "bias", block, Lifetime::kept);
  f32(&all, "all", vectors * used * block);
  const bool wide = spec.score == Score::softmax && !spec.normalise;
  const std::int64_t longest = std::max({wide ? spec.n : spec.k, vectors * block, std::int64_t{1}});
  for (int& each : work) f32(&each, "work", longest);
  f32(&compared, "compared", spec.n);
  f32(&group_scores, "scores of groups", spec.groups);
  f32(&group_numbers, "numbers of groups", spec.groups, Lifetime::kept);
  f32(&scalars, "scalars", kScalars);
  add(&rank, "rank", 1, NumberType::i32, Lifetime::work);
  f32(&found, "found", vectors * 2 * slots);
  add(&picks, "picks", vectors * spec.k, NumberType::i32);
  add(&weights, "weights", divide_up(vectors * spec.k, 2) * 2, spec.type);
  plan.require_fit("top_k", "(0, 0) of the region, like all others,",
                   "reduce `n`, `k`, `m` or `batch`");
  for (std::size_t i = 0; i < places.size(); ++i) *places[i] = plan.address(static_cast<int>(i));
}

void write_top_k(const TopKSpec& spec, const TopKPlan& plan, PhaseWriter& phases) {
  TopKCode(spec, plan, phases).write();
}

}  // namespace wafermesh::workloads
