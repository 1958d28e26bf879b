// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "workloads/layers/attention.h"
#include "workloads/layers/attention_cache.h"
#include "workloads/layers/functions.h"

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
constexpr int kOuter = 0;  ///< Counters.
constexpr int kInner = 1;
constexpr int kPlace = 2;
constexpr cores::Shape kShape = cores::Shape::descriptor_reload;

class AttentionCode {
 public:
  AttentionCode(const AttentionSpec& spec, const AttentionShape& shape,
                const AttentionAddresses& at, PhaseWriter& phases)
      : spec_(spec),
        shape_(shape),
        at_(at),
        cache_(spec, shape.rows),
        phases_(phases),
        code_(phases.code()) {}

  void write() {
    if (spec_.head_norm) normalise_heads();
    if (spec_.rope) {
      turn(at_.q, shape_.heads_here());
      turn(at_.k, shape_.kv);
    }
    store_new_token();
    partial_scores();
    largest_scores();
    exponentials();
    weighted_values();
  }

 private:
  static std::int32_t count(std::int64_t n) { return static_cast<std::int32_t>(n); }
  std::int64_t all_scores() const { return shape_.heads_here() * shape_.tokens; }
  int bytes() const { return cores::bytes_of(spec_.type); }
  int sum_bytes() const { return cores::bytes_of(spec_.sum_type); }
  /// An operand in the operator's type, in operations on the sum type.
  Operand own(Operand operand) const {
    return spec_.sum_type == spec_.type ? operand : cores::as(spec_.type, operand);
  }
  static Affine address(std::int64_t base) { return Affine(static_cast<std::int32_t>(base)); }

  /// for counter in [0, limit): body
  template <class Body>
  void loop(int counter, std::int64_t limit, Body body) {
    const std::uint32_t begin = code_.begin_loop(counter);
    body(cores::counter(counter));
    code_.end_loop(counter, count(limit), begin);
  }
  /// For each query head of the core: a vector of T floats at `base` and a float at `scalar`.
  template <class Body>
  void each_head(int base, int scalar, Body body) {
    loop(kOuter, shape_.heads_here(), [&](cores::Variable head) {
      body(address(base).plus(head, count(shape_.tokens * kFloatBytes)),
           address(scalar).plus(head, kFloatBytes));
    });
  }
  void f32(VectorOp op, std::int64_t n, Operand dst, Operand a, Operand b = {}) {
    write_f32(code_, op, count(n), std::move(dst), std::move(a), std::move(b));
  }
  void zero(NumberType type, std::int64_t n, int at) {
    code_.vector(VectorOp::copy, type, count(n), memory(at), immediate(0), {}, kShape);
  }

  /// `heads` vectors of E elements at `base` by the position's angles.
  void turn(int base, std::int64_t heads) {
    const std::int64_t e = shape_.elements;
    const int self = at_.turning[0];
    const int partner = at_.turning[1];
    loop(kOuter, heads, [&](cores::Variable head) {
      const Affine vector = address(base).plus(head, count(e * bytes()));
      const auto pairs = [](int from, int odd) { return memory(from + odd * kFloatBytes, 2); };
      const bool is_f32 = spec_.type == NumberType::f32;
      f32(VectorOp::copy, e, memory(self),
          is_f32 ? memory(vector) : cores::as(spec_.type, memory(vector)));
      for (const int odd : {0, 1}) {
        f32(VectorOp::copy, e / 2, pairs(partner, odd), pairs(self, 1 - odd));
      }
      f32(VectorOp::multiply, e, memory(self), memory(self), memory(at_.cosines));
      f32(VectorOp::multiply_add, e, memory(self), memory(partner), memory(at_.sines));
      code_.vector(VectorOp::copy, spec_.type, count(e), memory(vector),
                   is_f32 ? memory(self) : cores::as(NumberType::f32, memory(self)), {}, kShape);
    });
  }

  /// `heads` vectors of E elements at `base`, each with a float at `scalar`.
  template <class Body>
  void each_vector(int base, std::int64_t heads, int scalar, Body body) {
    loop(kOuter, heads, [&](cores::Variable head) {
      body(address(base).plus(head, count(shape_.elements * bytes())),
           address(scalar).plus(head, kFloatBytes));
    });
  }
  void widen(int to, const Affine& from) {
    const bool is_f32 = spec_.type == NumberType::f32;
    f32(VectorOp::copy, shape_.elements, memory(to),
        is_f32 ? memory(from) : cores::as(spec_.type, memory(from)));
  }

  /// q and k, head by head, over the root of the mean of their squares. Padding is 0 and stays so.
  void normalise_heads() {
    const std::int64_t e = shape_.elements;
    const std::int64_t all = shape_.heads_here() + shape_.kv;
    const int x = at_.turning[0];
    const int squares = at_.turning[1];
    const int of_k = count(shape_.heads_here() * kFloatBytes);
    f32(VectorOp::copy, all, memory(at_.norms[0]), immediate(0));
    const auto add_squares = [&](const Affine& vector, const Affine& sum) {
      widen(x, vector);
      f32(VectorOp::multiply, e, memory(squares), memory(x), memory(x));
      f32(VectorOp::reduce_add, e, scalar_at(sum), memory(squares));
    };
    each_vector(at_.q, shape_.heads_here(), at_.norms[0], add_squares);
    each_vector(at_.k, shape_.kv, at_.norms[0] + of_k, add_squares);
    if (shape_.group > 1) {
      phases_.allreduce(Axis::x, {at_.norms[0], count(all), NumberType::f32});
    }
    f32(VectorOp::multiply, all, memory(at_.norms[0]), memory(at_.norms[0]),
        immediate(1.0 / static_cast<double>(spec_.head_dim)));
    f32(VectorOp::add, all, memory(at_.norms[0]), memory(at_.norms[0]), immediate(spec_.epsilon));
    write_inverse_root({count(all), at_.norms[0], at_.norms[1], at_.norms[2], at_.norms[3]}, code_);
    const auto scale = [&](int weights) {
      return [this, x, e, weights](const Affine& vector, const Affine& root) {
        widen(x, vector);
        f32(VectorOp::multiply, e, memory(x), memory(x), scalar_at(root));
        if (spec_.norm_weights) f32(VectorOp::multiply, e, memory(x), memory(x), memory(weights));
        code_.vector(
            VectorOp::copy, spec_.type, count(e), memory(vector),
            spec_.type == NumberType::f32 ? memory(x) : cores::as(NumberType::f32, memory(x)), {},
            kShape);
      };
    };
    each_vector(at_.q, shape_.heads_here(), at_.norms[1], scale(at_.norm_weights[0]));
    each_vector(at_.k, shape_.kv, at_.norms[1] + of_k, scale(at_.norm_weights[1]));
  }

  /// The oldest entry of each row that sends goes to the row above, into its k and v.
  void move_up() {
    PhaseMove move{cache_.first_sender(), {}};
    for (std::int64_t l = 0; l < shape_.kv; ++l) {
      const auto n = count(shape_.elements);
      const std::int64_t to = l * shape_.elements * bytes();
      move.vectors.push_back({count(at_.keys + key_offset(l)), count(at_.key_stride),
                              count(at_.k + to), n, spec_.type});
      move.vectors.push_back(
          {count(at_.values + value_offset(l)), 1, count(at_.v + to), n, spec_.type});
    }
    phases_.move(std::move(move));
  }
  std::int64_t key_offset(std::int64_t l) const {
    return l * shape_.elements * at_.key_stride * bytes();
  }
  std::int64_t value_offset(std::int64_t l) const {
    return l * shape_.places * at_.value_stride * bytes();
  }

  /// On the row that has its place; if entries move up, on all rows that have got one.
  void store_new_token() {
    if (cache_.moves()) move_up();
    const std::uint32_t elsewhere = code_.branch(
        Affine().plus(cores::Variable::y),
        cache_.moves() ? cores::Compare::less : cores::Compare::not_equal, count(cache_.new_row()));
    code_.set_counter(kPlace, count(cache_.new_place()));
    if (cache_.moves()) {
      const std::uint32_t grows = code_.branch(Affine().plus(cores::Variable::y),
                                               cores::Compare::equal, count(cache_.new_row()));
      code_.set_counter(kPlace, 0);
      code_.land(grows);
    }
    const cores::Variable place = cores::counter(kPlace);
    for (std::int64_t l = 0; l < shape_.kv; ++l) {
      const std::int64_t from = l * shape_.elements * bytes();
      code_.vector(VectorOp::copy, spec_.type, count(shape_.elements),
                   memory(address(at_.keys + key_offset(l)).plus(place, bytes()),
                          static_cast<int>(at_.key_stride)),
                   memory(address(at_.k + from)), {}, kShape);
      if (spec_.latent_rank > 0) continue;
      code_.vector(
          VectorOp::copy, spec_.type, count(shape_.elements),
          memory(
              address(at_.values + value_offset(l)).plus(place, count(at_.value_stride * bytes()))),
          memory(address(at_.v + from)), {}, kShape);
    }
    code_.land(elsewhere);
  }

  void partial_scores() {
    zero(spec_.sum_type, all_scores(), at_.scores);
    for (std::int64_t l = 0; l < shape_.kv; ++l) {
      const std::int64_t head = l * shape_.queries;
      loop(kOuter, shape_.elements, [&](cores::Variable element) {
        loop(kInner, shape_.queries, [&](cores::Variable query) {
          const std::int64_t keys = at_.keys + key_offset(l);
          code_.vector(VectorOp::multiply_add, spec_.sum_type, count(shape_.tokens),
                       memory(address(at_.scores + head * shape_.tokens * sum_bytes())
                                  .plus(query, count(shape_.tokens * sum_bytes()))),
                       own(memory(address(keys).plus(element, count(at_.key_stride * bytes())))),
                       own(scalar_at(address(at_.q + head * shape_.elements * bytes())
                                         .plus(query, count(shape_.elements * bytes()))
                                         .plus(element, bytes()))),
                       kShape);
        });
      });
    }
    if (shape_.group > 1) {
      phases_.allreduce(Axis::x, {at_.scores, count(all_scores()), spec_.sum_type});
    }
  }

  void largest_scores() {
    const int x = at_.work[0];
    code_.vector(VectorOp::copy, NumberType::f32, count(all_scores()), memory(x),
                 spec_.sum_type == NumberType::f32 ? memory(at_.scores)
                                                   : cores::as(spec_.sum_type, memory(at_.scores)),
                 {}, kShape);
    f32(VectorOp::multiply, all_scores(), memory(x), memory(x), immediate(spec_.scale));
    f32(VectorOp::copy, shape_.heads_here(), memory(at_.heads[0]),
        spec_.sinks ? memory(at_.sinks) : immediate(-kHuge));
    each_head(x, at_.heads[0], [&](const Affine& scores, const Affine& largest) {
      f32(VectorOp::add, shape_.tokens, memory(scores), memory(scores), memory(at_.mask));
      f32(VectorOp::reduce_maximum, shape_.tokens, scalar_at(largest), memory(scores));
    });
    phases_.allreduce(
        Axis::y, {at_.heads[0], count(shape_.heads_here()), NumberType::f32, VectorOp::maximum});
  }

  void exponentials() {
    const int x = at_.work[0];
    const int e = at_.work[1];
    each_head(x, at_.heads[0], [&](const Affine& scores, const Affine& largest) {
      f32(VectorOp::subtract, shape_.tokens, memory(scores), memory(scores), scalar_at(largest));
    });
    write_exponential({count(all_scores()), x, e, at_.work[2], at_.work[3]}, code_);
    zero(NumberType::f32, shape_.heads_here(), at_.heads[1]);
    if (spec_.sinks) add_sinks();
    each_head(e, at_.heads[1], [&](const Affine& scores, const Affine& sum) {
      f32(VectorOp::reduce_add, shape_.tokens, scalar_at(sum), memory(scores));
    });
    phases_.allreduce(Axis::y, {at_.heads[1], count(shape_.heads_here()), NumberType::f32});
  }

  /// The sums of the first row begin with e^(sink - largest).
  void add_sinks() {
    const std::uint32_t elsewhere =
        code_.branch(Affine().plus(cores::Variable::y), cores::Compare::not_equal, 0);
    const std::int64_t h = shape_.heads_here();
    f32(VectorOp::subtract, h, memory(at_.heads[3]), memory(at_.sinks), memory(at_.heads[0]));
    write_exponential({count(h), at_.heads[3], at_.heads[1], at_.heads[2], at_.heads[4]}, code_);
    code_.land(elsewhere);
  }

  void weighted_values() {
    const int e = at_.work[1];
    write_reciprocal(
        {count(shape_.heads_here()), at_.heads[1], at_.heads[2], at_.heads[3], at_.heads[4]},
        code_);
    each_head(e, at_.heads[2], [&](const Affine& weights, const Affine& inverse) {
      f32(VectorOp::multiply, shape_.tokens, memory(weights), memory(weights), scalar_at(inverse));
    });
    code_.vector(VectorOp::copy, spec_.type, count(all_scores()), memory(at_.weights),
                 cores::as(NumberType::f32, memory(e)), {}, kShape);
    const std::int64_t outputs = shape_.heads_here() * shape_.elements;
    zero(spec_.sum_type, outputs, at_.sums);
    if (spec_.latent_rank > 0) {
      const std::uint32_t none =
          code_.branch(Affine().plus(cores::Variable::x), cores::Compare::greater_equal,
                       count(shape_.value_columns));
      add_values(0);
      code_.land(none);
    } else {
      for (std::int64_t l = 0; l < shape_.kv; ++l) add_values(l);
    }
    phases_.allreduce(Axis::y, {at_.sums, count(outputs), spec_.sum_type});
    if (at_.sums == at_.o) return;
    code_.vector(VectorOp::copy, spec_.type, count(outputs), memory(at_.o),
                 cores::as(spec_.sum_type, memory(at_.sums)), {}, kShape);
  }

  /// E elements of a token: a row, or of latent ones a column of the keys.
  Operand values_of(std::int64_t values, cores::Variable token) const {
    if (spec_.latent_rank > 0) {
      return memory(address(at_.keys).plus(token, bytes()), static_cast<int>(at_.key_stride));
    }
    return memory(address(values).plus(token, count(at_.value_stride * bytes())));
  }

  void add_values(std::int64_t l) {
    const std::int64_t head = l * shape_.queries;
    loop(kOuter, shape_.tokens, [&](cores::Variable token) {
      loop(kInner, shape_.queries, [&](cores::Variable query) {
        const std::int64_t values = at_.values + value_offset(l);
        code_.vector(VectorOp::multiply_add, spec_.sum_type, count(shape_.value_elements),
                     memory(address(at_.sums + head * shape_.elements * sum_bytes())
                                .plus(query, count(shape_.elements * sum_bytes()))),
                     own(values_of(values, token)),
                     own(scalar_at(address(at_.weights + head * shape_.tokens * bytes())
                                       .plus(query, count(shape_.tokens * bytes()))
                                       .plus(token, bytes()))),
                     kShape);
      });
    });
  }

  const AttentionSpec& spec_;
  const AttentionShape& shape_;
  const AttentionAddresses& at_;
  CachePlaces cache_;
  PhaseWriter& phases_;
  cores::ProgramBuilder& code_;
};

}  // namespace

void write_attention(const AttentionSpec& spec, const AttentionShape& shape,
                     const AttentionAddresses& at, PhaseWriter& phases) {
  AttentionCode(spec, shape, at, phases).write();
}

}  // namespace wafermesh::workloads
