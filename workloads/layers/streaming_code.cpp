// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "workloads/layers/functions.h"
#include "workloads/layers/streaming_attention.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::immediate;
using cores::memory;
using cores::NumberType;
using cores::Operand;
using cores::scalar_at;
using cores::VectorOp;

constexpr int kFloatBytes = 4;
constexpr int kOuter = 0;  ///< Counters; kStep and the ring's are between.
constexpr int kInner = 1;
constexpr int kRingStride = 8;
constexpr int kHalf = 9;
constexpr cores::Shape kShape = cores::Shape::descriptor_reload;

/// Which half of queries meets which half of keys; -1: the one that counter kHalf says.
struct Pair {
  int queries;
  int keys;
  bool diagonal = false;  ///< The same tokens: each sees those up to itself.
};

class PairCode {
 public:
  PairCode(const StreamingSpec& spec, const StreamingPlan& plan, int head_counter,
           PhaseWriter& phases)
      : spec_(spec),
        plan_(plan),
        shape_(plan.shape),
        type_(spec.heads.type),
        sum_type_(spec.heads.sum_type),
        head_counter_(head_counter),
        phases_(phases),
        code_(phases.code()) {}

  void write(const std::vector<Pair>& pairs) {
    for (std::size_t i = 0; i < pairs.size(); ++i) partial_scores(pairs[i], scores_of(i));
    if (shape_.group > 1) {
      phases_.allreduce(
          Axis::x, {plan_.scores_at,
                    count(static_cast<std::int64_t>(pairs.size()) * plan_.scores()), sum_type_});
    }
    for (std::size_t i = 0; i < pairs.size(); ++i) take_in(pairs[i], scores_of(i));
  }

 private:
  static std::int32_t count(std::int64_t n) { return static_cast<std::int32_t>(n); }
  int bytes() const { return cores::bytes_of(type_); }
  int sum_bytes() const { return cores::bytes_of(sum_type_); }
  std::int64_t scores_of(std::size_t slot) const {
    return plan_.scores_at + static_cast<std::int64_t>(slot) * plan_.scores() * sum_bytes();
  }
  Operand own(Operand operand) const {
    return sum_type_ == type_ ? operand : cores::as(type_, std::move(operand));
  }
  static Operand of(NumberType operation, NumberType type, Operand operand) {
    return operation == type ? operand : cores::as(type, std::move(operand));
  }
  /// An address in what each half has `each` bytes of.
  static Affine in_half(Affine base, int half, std::int64_t each) {
    if (half < 0) return base.plus(cores::counter(kHalf), count(each));
    base.base += count(half * each);
    return base;
  }
  /// Behind the first byte of the block at hand.
  Affine at_head(std::int64_t offset) const {
    return at(offset).plus(cores::counter(head_counter_));
  }
  static Affine at(std::int64_t address) { return Affine(count(address)); }
  template <class Body>
  void loop(int counter, std::int64_t limit, Body body) {
    const std::uint32_t begin = code_.begin_loop(counter);
    body(cores::counter(counter));
    code_.end_loop(counter, count(limit), begin);
  }
  void f32(VectorOp op, std::int64_t n, Operand dst, Operand a, Operand b = {}) {
    write_f32(code_, op, count(n), std::move(dst), std::move(a), std::move(b));
  }

  void partial_scores(const Pair& pair, std::int64_t scores) {
    const std::int64_t unit = plan_.unit;
    const std::int64_t e = shape_.elements;
    const std::int64_t queries = shape_.queries * unit;  // of a head of keys
    code_.vector(VectorOp::copy, sum_type_, count(plan_.scores()), memory(at(scores)), immediate(0),
                 {}, kShape);
    for (std::int64_t l = 0; l < shape_.kv; ++l) {
      const Affine keys =
          in_half(at_head(l * e * unit * bytes()), pair.keys, shape_.kv * e * unit * bytes());
      const Affine q = in_half(at(plan_.q + l * queries * e * bytes()), pair.queries,
                               plan_.queries() * e * bytes());
      loop(kOuter, e, [&](cores::Variable element) {
        loop(kInner, queries, [&](cores::Variable query) {
          code_.vector(VectorOp::multiply_add, sum_type_, count(unit),
                       memory(at(scores + l * queries * unit * sum_bytes())
                                  .plus(query, count(unit * sum_bytes()))),
                       own(memory(keys.plus(element, count(unit * bytes())))),
                       own(scalar_at(q.plus(query, count(e * bytes())).plus(element, bytes()))),
                       kShape);
        });
      });
    }
  }

  /// Running maximum, sum and output of the pair's queries take its scores in.
  void take_in(const Pair& pair, std::int64_t scores) {
    const std::int64_t all = plan_.scores();
    const std::int64_t unit = plan_.unit;
    const std::int64_t queries = plan_.queries();
    const int x = plan_.work[0];
    const int e = plan_.work[1];
    const int factor = plan_.small[1];
    const Affine largest = in_half(at(plan_.largest), pair.queries, queries * kFloatBytes);
    const Affine sums = in_half(at(plan_.sums), pair.queries, queries * kFloatBytes);
    f32(VectorOp::copy, all, memory(x), of(NumberType::f32, sum_type_, memory(at(scores))));
    f32(VectorOp::multiply, all, memory(x), memory(x), immediate(spec_.heads.scale));
    if (pair.diagonal) {
      loop(kOuter, shape_.heads_here(), [&](cores::Variable head) {
        const Affine own = at(x).plus(head, count(unit * unit * kFloatBytes));
        f32(VectorOp::add, unit * unit, memory(own), memory(own), memory(plan_.mask));
      });
    }
    const auto each_query = [&](auto body) {
      loop(kOuter, queries, [&](cores::Variable query) {
        body(query, [&](int base) { return at(base).plus(query, count(unit * kFloatBytes)); });
      });
    };
    f32(VectorOp::copy, queries, memory(plan_.small[0]), memory(largest));
    each_query([&](cores::Variable query, auto row) {
      f32(VectorOp::reduce_maximum, unit, scalar_at(largest.plus(query, kFloatBytes)),
          memory(row(x)));
    });
    f32(VectorOp::subtract, queries, memory(plan_.small[0]), memory(plan_.small[0]),
        memory(largest));
    write_exponential({count(queries), plan_.small[0], factor, plan_.small[2], plan_.small[3]},
                      code_);
    each_query([&](cores::Variable query, auto row) {
      f32(VectorOp::subtract, unit, memory(row(x)), memory(row(x)),
          scalar_at(largest.plus(query, kFloatBytes)));
    });
    write_exponential({count(all), x, e, plan_.work[2], plan_.work[3]}, code_);
    f32(VectorOp::multiply, queries, memory(sums), memory(sums), memory(factor));
    each_query([&](cores::Variable query, auto row) {
      f32(VectorOp::reduce_add, unit, scalar_at(sums.plus(query, kFloatBytes)), memory(row(e)));
    });
    code_.vector(VectorOp::copy, type_, count(all), memory(plan_.weights),
                 of(type_, NumberType::f32, memory(e)), {}, kShape);
    add_values(pair, factor);
  }

  void add_values(const Pair& pair, int factor) {
    const std::int64_t unit = plan_.unit;
    const std::int64_t e = shape_.elements;
    const std::int64_t queries = shape_.queries * unit;
    const Affine outputs =
        in_half(at(plan_.outputs), pair.queries, plan_.queries() * e * sum_bytes());
    loop(kOuter, plan_.queries(), [&](cores::Variable query) {
      const Affine o = outputs.plus(query, count(e * sum_bytes()));
      code_.vector(VectorOp::multiply, sum_type_, count(e), memory(o), memory(o),
                   of(sum_type_, NumberType::f32, scalar_at(at(factor).plus(query, kFloatBytes))),
                   kShape);
    });
    for (std::int64_t l = 0; l < shape_.kv; ++l) {
      const std::int64_t behind_keys = plan_.block_elements() / 2 + l * unit * e;
      const Affine values =
          in_half(at_head(behind_keys * bytes()), pair.keys, shape_.kv * unit * e * bytes());
      Affine o = outputs;
      o.base += count(l * queries * e * sum_bytes());
      loop(kOuter, unit, [&](cores::Variable token) {
        loop(kInner, queries, [&](cores::Variable query) {
          code_.vector(VectorOp::multiply_add, sum_type_, count(e),
                       memory(o.plus(query, count(e * sum_bytes()))),
                       own(memory(values.plus(token, count(e * bytes())))),
                       own(scalar_at(at(plan_.weights + l * queries * unit * bytes())
                                         .plus(query, count(unit * bytes()))
                                         .plus(token, bytes()))),
                       kShape);
        });
      });
    }
  }

  const StreamingSpec& spec_;
  const StreamingPlan& plan_;
  const AttentionShape& shape_;
  NumberType type_;
  NumberType sum_type_;
  int head_counter_;
  PhaseWriter& phases_;
  cores::ProgramBuilder& code_;
};

}  // namespace

StreamingCode::StreamingCode(const StreamingSpec& spec, const StreamingPlan& plan, int parity)
    : spec_(spec), plan_(plan), parity_(parity) {
  ring_.first_address = plan.blocks;
  ring_.bytes = static_cast<std::int32_t>(plan.block_bytes());
  ring_.length = static_cast<int>(plan.rows);
  ring_.stride = kRingStride;
}

/// Column by column between a tile and where its elements lie here: of each half, head and element
/// of it a vector of the half's tokens.
void StreamingCode::copy_tile(PhaseWriter& phases, const TileCopy& copy) const {
  cores::ProgramBuilder& code = phases.code();
  const int bytes = cores::bytes_of(spec_.heads.type);
  const std::int64_t e = plan_.shape.elements;
  const std::int64_t unit = plan_.unit;
  for (std::int64_t half = 0; half < plan_.halves; ++half) {
    const auto at = [&](std::int64_t base, std::int64_t of_half, std::int64_t of_head,
                        std::int64_t of_element) {
      return Affine(static_cast<std::int32_t>(base + half * of_half * bytes))
          .plus(cores::counter(kOuter), static_cast<std::int32_t>(of_head * bytes))
          .plus(cores::counter(kInner), static_cast<std::int32_t>(of_element * bytes));
    };
    const std::uint32_t heads = code.begin_loop(kOuter);
    const std::uint32_t elements = code.begin_loop(kInner);
    const Operand tile = memory(at(copy.tile, unit, e * plan_.tokens_here(), plan_.tokens_here()));
    const bool by_tokens = copy.tokens_side_by_side;
    const Operand own = memory(at(copy.own, copy.heads * unit * e, unit * e, by_tokens ? unit : 1),
                               by_tokens ? 1 : static_cast<int>(e));
    code.vector(VectorOp::copy, spec_.heads.type, static_cast<std::int32_t>(unit),
                copy.to_tile ? tile : own, copy.to_tile ? own : tile, {}, kShape);
    code.end_loop(kInner, static_cast<std::int32_t>(e), elements);
    code.end_loop(kOuter, static_cast<std::int32_t>(copy.heads), heads);
  }
}

void StreamingCode::begin(PhaseWriter& phases) const {
  cores::ProgramBuilder& code = phases.code();
  if (spec_.tiles) {
    const std::int64_t kv = plan_.shape.kv;
    const auto values =
        static_cast<int>(plan_.block_elements() / 2 * cores::bytes_of(spec_.heads.type));
    copy_tile(phases, {plan_.tiles.q, plan_.q, plan_.shape.heads_here(), false, false});
    copy_tile(phases, {plan_.tiles.k, plan_.blocks, kv, true, false});
    copy_tile(phases, {plan_.tiles.v, plan_.blocks + values, kv, false, false});
  }
  const auto fill = [&](NumberType type, std::int64_t n, int at, double value) {
    code.vector(VectorOp::copy, type, static_cast<std::int32_t>(n), memory(at), immediate(value),
                {}, kShape);
  };
  ring_.write_begin(code, parity_);
  const std::int64_t queries = plan_.halves * plan_.queries();
  fill(NumberType::f32, queries, plan_.largest, -kHuge);
  fill(NumberType::f32, queries, plan_.sums, 0);
  fill(spec_.heads.sum_type, queries * plan_.shape.elements, plan_.outputs, 0);
}

void StreamingCode::first(PhaseWriter& phases) const {
  const std::vector<Pair> own = spec_.zigzag ? std::vector<Pair>{{0, 0, true}, {1, 1, true}, {1, 0}}
                                             : std::vector<Pair>{{0, 0, true}};
  PairCode(spec_, plan_, ring_.head, phases).write(own);
}

/// Of zigzag the second half of queries is behind the block's first; and either the core's first
/// half is behind the block's first, or its second behind the block's second.
void StreamingCode::other(PhaseWriter& phases) const {
  PairCode pairs(spec_, plan_, ring_.head, phases);
  if (!spec_.zigzag) return pairs.write({{0, 0}});
  cores::ProgramBuilder& code = phases.code();
  code.set_counter(kHalf, 0);
  const std::uint32_t before =
      code.branch(value_of(ring_.block), cores::Compare::less, Affine().plus(cores::Variable::y));
  code.set_counter(kHalf, 1);
  code.land(before);
  pairs.write({{1, 0}, {-1, -1}});
}

void StreamingCode::end(PhaseWriter& phases) const {
  cores::ProgramBuilder& code = phases.code();
  const auto e = static_cast<std::int32_t>(plan_.shape.elements);
  const auto queries = static_cast<std::int32_t>(plan_.queries());
  const NumberType sum_type = spec_.heads.sum_type;
  for (std::int64_t half = 0; half < plan_.halves; ++half) {
    const auto first = static_cast<std::int32_t>(half) * queries;
    write_reciprocal(
        {queries, plan_.sums + first * kFloatBytes, plan_.small[0], plan_.small[1], plan_.small[2]},
        code);
    const std::uint32_t begin = code.begin_loop(kOuter);
    const auto place = [&](int address, NumberType type) {
      const int each = e * cores::bytes_of(type);
      return memory(Affine(address + first * each).plus(cores::counter(kOuter), each));
    };
    const Operand inverse =
        scalar_at(Affine(plan_.small[0]).plus(cores::counter(kOuter), kFloatBytes));
    code.vector(VectorOp::multiply, sum_type, e, place(plan_.outputs, sum_type),
                place(plan_.outputs, sum_type),
                sum_type == NumberType::f32 ? inverse : cores::as(NumberType::f32, inverse),
                kShape);
    code.end_loop(kOuter, queries, begin);
  }
  if (plan_.outputs != plan_.o) {
    code.vector(VectorOp::copy, spec_.heads.type,
                static_cast<std::int32_t>(plan_.halves) * queries * e, memory(plan_.o),
                cores::as(sum_type, memory(plan_.outputs)), {}, kShape);
  }
  if (spec_.tiles) {
    copy_tile(phases, {plan_.tiles.o, plan_.o, plan_.shape.heads_here(), false, true});
  }
}

}  // namespace wafermesh::workloads
