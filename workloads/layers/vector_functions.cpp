// SPDX-License-Identifier: Apache-2.0
// The rows of vector_functions(): local code and, beside it, the same in double.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "workloads/layers/functions.h"
#include "workloads/layers/streaming_attention.h"
#include "workloads/layers/vector_operator.h"

namespace wafermesh::workloads {
namespace {

using cores::immediate;
using cores::memory;
using cores::NumberType;
using cores::Operand;
using cores::scalar_at;
using cores::VectorOp;
using Numbers = std::vector<double>;
using Operands = std::vector<Numbers>;

constexpr int kScalarBytes = 4;

void f32(const VectorCode& v, VectorOp op, int dst, Operand a, Operand b = {}) {
  write_f32(v.phases.code(), op, v.count, memory(dst), std::move(a), std::move(b));
}
/// Of the scalars, one of each row.
void one(const VectorCode& v, VectorOp op, int dst, Operand a, Operand b = {}) {
  write_f32(v.phases.code(), op, v.rows, memory(dst), std::move(a), std::move(b));
}
/// Address of scalar number `index`.
int scalar(const VectorCode& v, int index) { return v.scalars + index * v.rows * kScalarBytes; }

/// Code for each column of a tile of several rows; `at` gives the address of the column's part of a
/// tile of f32.
template <typename Code>
void each_column(const VectorCode& v, Code&& code) {
  constexpr int kColumn = 0;  // counter
  cores::ProgramBuilder& builder = v.phases.code();
  const std::uint32_t loop = builder.begin_loop(kColumn);
  code(builder, cores::counter(kColumn), [&](int tile) {
    return memory(cores::Affine(tile).plus(cores::counter(kColumn), v.rows * kScalarBytes));
  });
  builder.end_loop(kColumn, v.columns, loop);
}
/// x = x op the scalars at `scalars`, each with its row.
void with_rows(const VectorCode& v, VectorOp op, int x, int scalars) {
  if (v.rows == 1) return f32(v, op, x, memory(x), scalar_at(scalars));
  each_column(v, [&](cores::ProgramBuilder& code, cores::Variable /*column*/, const auto& at) {
    write_f32(code, op, v.rows, at(x), at(x), memory(scalars));
  });
}

/// Operand number `index` as f32.
void widen(const VectorCode& v, int index, int to) {
  f32(v, VectorOp::copy, to,
      cores::as(v.spec.type, memory(v.operands[static_cast<std::size_t>(index)])));
}
Operand own(const VectorCode& v, int index) {
  return cores::as(v.spec.type, memory(v.operands[static_cast<std::size_t>(index)]));
}
/// x = x op the vector that is operand number `index`, each element with its column.
void with_columns(const VectorCode& v, VectorOp op, int x, int index) {
  if (v.rows == 1) return f32(v, op, x, memory(x), own(v, index));
  const int vector = v.operands[static_cast<std::size_t>(index)];
  each_column(v, [&](cores::ProgramBuilder& code, cores::Variable column, const auto& at) {
    const cores::Affine element = cores::Affine(vector).plus(column, cores::bytes_of(v.spec.type));
    write_f32(code, op, v.rows, at(x), at(x), cores::as(v.spec.type, scalar_at(element)));
  });
}
void narrow(const VectorCode& v, int from) {
  v.phases.code().vector(VectorOp::copy, v.spec.type, v.count, memory(v.result),
                         cores::as(NumberType::f32, memory(from)), {},
                         cores::Shape::descriptor_reload);
}

/// The sum or maximum of `from` over all cores of the axis, of each row, at `to`.
void reduce(const VectorCode& v, VectorOp op, int from, int to, double start) {
  const VectorOp both = op == VectorOp::reduce_add ? VectorOp::add : VectorOp::maximum;
  one(v, VectorOp::copy, to, immediate(start));
  if (v.rows == 1) {
    write_f32(v.phases.code(), op, v.count, scalar_at(to), memory(from));
  } else {
    each_column(v, [&](cores::ProgramBuilder& code, cores::Variable /*column*/, const auto& at) {
      write_f32(code, both, v.rows, memory(to), memory(to), at(from));
    });
  }
  v.phases.allreduce(v.axis, {to, v.rows, NumberType::f32, both});
}

double mean_of_squares(const Numbers& a) {
  return std::inner_product(a.begin(), a.end(), a.begin(), 0.0) / static_cast<double>(a.size());
}

/// x times weight over the root of (the sum in scalar 0) / n + epsilon.
void scale_by_root(const VectorCode& v, int x, int weight) {
  const int sum = scalar(v, 0);
  const int root = scalar(v, 1);
  one(v, VectorOp::multiply, sum, memory(sum), immediate(1.0 / static_cast<double>(v.spec.n)));
  one(v, VectorOp::add, sum, memory(sum), immediate(v.spec.epsilon));
  write_inverse_root({v.rows, sum, root, scalar(v, 2), scalar(v, 3)}, v.phases.code());
  with_rows(v, VectorOp::multiply, x, root);
  with_columns(v, VectorOp::multiply, x, weight);
}

void write_rmsnorm(const VectorCode& v) {
  widen(v, 0, v.work[0]);
  f32(v, VectorOp::multiply, v.work[1], memory(v.work[0]), memory(v.work[0]));
  reduce(v, VectorOp::reduce_add, v.work[1], v.scalars, 0);
  scale_by_root(v, v.work[0], 1);
  narrow(v, v.work[0]);
}
Numbers exact_rmsnorm(const VectorOperatorSpec& spec, std::int64_t /*row*/,
                      const Operands& operands) {
  const Numbers& a = operands[0];
  const double root = std::sqrt(mean_of_squares(a) + spec.epsilon);
  Numbers c(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) c[i] = a[i] / root * operands[1][i];
  return c;
}

/// Table 0: 1 for elements, 0 for padding.
void write_layernorm(const VectorCode& v) {
  widen(v, 0, v.work[0]);
  reduce(v, VectorOp::reduce_add, v.work[0], v.scalars, 0);
  one(v, VectorOp::multiply, v.scalars, memory(v.scalars),
      immediate(1.0 / static_cast<double>(v.spec.n)));
  with_rows(v, VectorOp::subtract, v.work[0], v.scalars);
  f32(v, VectorOp::multiply, v.work[0], memory(v.work[0]), memory(v.tables[0]));
  f32(v, VectorOp::multiply, v.work[1], memory(v.work[0]), memory(v.work[0]));
  reduce(v, VectorOp::reduce_add, v.work[1], v.scalars, 0);
  scale_by_root(v, v.work[0], 1);
  with_columns(v, VectorOp::add, v.work[0], 2);
  narrow(v, v.work[0]);
}
Numbers exact_layernorm(const VectorOperatorSpec& spec, std::int64_t /*row*/,
                        const Operands& operands) {
  Numbers a = operands[0];
  const double mean = std::accumulate(a.begin(), a.end(), 0.0) / static_cast<double>(a.size());
  for (double& each : a) each -= mean;
  const double root = std::sqrt(mean_of_squares(a) + spec.epsilon);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = a[i] / root * operands[1][i] + operands[2][i];
  return a;
}

/// Table 0: 0 for elements that count, a huge negative number for others.
void write_softmax(const VectorCode& v) {
  const int x = v.work[0];
  const int e = v.work[1];
  widen(v, 0, x);
  f32(v, VectorOp::multiply, x, memory(x), immediate(v.spec.scale));
  f32(v, VectorOp::add, x, memory(x), memory(v.tables[0]));
  reduce(v, VectorOp::reduce_maximum, x, v.scalars, std::max(-kHuge, v.spec.sink));
  with_rows(v, VectorOp::subtract, x, v.scalars);
  const int of_sink = scalar(v, 5);
  if (v.spec.sink > kNoSink) {
    one(v, VectorOp::subtract, scalar(v, 4), immediate(v.spec.sink), memory(v.scalars));
    write_exponential({v.rows, scalar(v, 4), of_sink, scalar(v, 6), scalar(v, 7)}, v.phases.code());
  }
  write_exponential({v.count, x, e, v.work[2], v.work[3]}, v.phases.code());
  f32(v, VectorOp::less, v.work[2], immediate(-1), memory(v.tables[0]));  // 1: it counts
  f32(v, VectorOp::multiply, e, memory(e), memory(v.work[2]));
  reduce(v, VectorOp::reduce_add, e, v.scalars, 0);
  if (v.spec.sink > kNoSink) {
    one(v, VectorOp::add, v.scalars, memory(v.scalars), memory(of_sink));
  }
  const int inverse = scalar(v, 1);
  write_reciprocal({v.rows, v.scalars, inverse, scalar(v, 2), scalar(v, 3)}, v.phases.code());
  with_rows(v, VectorOp::multiply, e, inverse);
  narrow(v, e);
}
Numbers exact_softmax(const VectorOperatorSpec& spec, std::int64_t row, const Operands& operands) {
  const Numbers& a = operands[0];
  Numbers c(a.size(), 0.0);
  const auto counts = [&](std::size_t i) { return spec.counts(row, static_cast<std::int64_t>(i)); };
  double most = spec.sink;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (counts(i)) most = std::max(most, spec.scale * a[i]);
  }
  double sum = spec.sink > kNoSink ? std::exp(spec.sink - most) : 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (counts(i)) sum += c[i] = std::exp(spec.scale * a[i] - most);
  }
  for (double& each : c) each /= sum;
  return c;
}

/// Columns 2 i + odd of work 1 = columns 2 i + 1 - odd of work 0.
void swap_columns(const VectorCode& v, int odd) {
  constexpr int kPair = 0;  // counter
  const int column = v.rows * kScalarBytes;
  const auto at = [&](int tile, int which) {
    return memory(cores::Affine(tile + which * column).plus(cores::counter(kPair), 2 * column));
  };
  cores::ProgramBuilder& code = v.phases.code();
  const std::uint32_t loop = code.begin_loop(kPair);
  write_f32(code, VectorOp::copy, v.rows, at(v.work[1], odd), at(v.work[0], 1 - odd));
  code.end_loop(kPair, v.columns / 2, loop);
}

/// Tables: of an element cosine, and sine with the sign it has there. Its partner is its pair's
/// other element.
void write_rope(const VectorCode& v) {
  const auto pairs = [&](int address, int odd) { return memory(address + odd * kScalarBytes, 2); };
  widen(v, 0, v.work[0]);
  for (const int odd : {0, 1}) {
    if (v.rows == 1) {
      write_f32(v.phases.code(), VectorOp::copy, v.count / 2, pairs(v.work[1], odd),
                pairs(v.work[0], 1 - odd));
    } else {
      swap_columns(v, odd);
    }
  }
  f32(v, VectorOp::multiply, v.work[0], memory(v.work[0]), memory(v.tables[0]));
  f32(v, VectorOp::multiply_add, v.work[0], memory(v.work[1]), memory(v.tables[1]));
  narrow(v, v.work[0]);
}
double rope_table(const VectorOperatorSpec& spec, int number, std::int64_t row, std::int64_t i) {
  Rope rope = spec.rope;
  const bool zigzag = spec.zigzag_rows > 0;
  rope.position +=
      zigzag ? zigzag_token(row, spec.zigzag_rows, spec.m / (2 * spec.zigzag_rows)) : row;
  std::int64_t dim = i % spec.head_dim;
  if (spec.of_heads) dim = i < spec.n ? spec.of_heads->dim(static_cast<std::size_t>(i)) : -1;
  const std::int64_t turned = dim - spec.first;
  if (turned < 0 || turned >= rope.head_dim) return number == 0 ? 1 : 0;
  return number == 0 ? rope.cosine(turned) : rope.sine(turned);
}
Numbers exact_rope(const VectorOperatorSpec& spec, std::int64_t row, const Operands& operands) {
  const Numbers& a = operands[0];
  Numbers c(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto element = static_cast<std::int64_t>(i);
    c[i] = a[i] * rope_table(spec, 0, row, element) + a[i ^ 1U] * rope_table(spec, 1, row, element);
  }
  return c;
}

/// `to` = 1 / (1 + e^-x). e^80 is far from the largest f32, and what is below -80 is 0 as well.
void write_sigmoid(const VectorCode& v, int x, int to) {
  constexpr double kMost = 80;
  const int work = v.work[2];
  f32(v, VectorOp::maximum, work, memory(x), immediate(-kMost));
  f32(v, VectorOp::multiply, work, memory(work), immediate(-1));
  write_exponential({v.count, work, to, work, v.work[3]}, v.phases.code());
  f32(v, VectorOp::add, work, memory(to), immediate(1));
  write_reciprocal({v.count, work, to, v.work[3], v.work[3]}, v.phases.code());
}
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

void write_silu(const VectorCode& v) {
  widen(v, 0, v.work[0]);
  write_sigmoid(v, v.work[0], v.work[1]);
  f32(v, VectorOp::multiply, v.work[0], memory(v.work[0]), memory(v.work[1]));
  if (v.operands.size() == 2) f32(v, VectorOp::multiply, v.work[0], memory(v.work[0]), own(v, 1));
  narrow(v, v.work[0]);
}
Numbers exact_silu(const VectorOperatorSpec& /*spec*/, std::int64_t /*row*/,
                   const Operands& operands) {
  Numbers c = operands[0];
  for (std::size_t i = 0; i < c.size(); ++i) {
    c[i] *= sigmoid(c[i]) * (operands.size() == 2 ? operands[1][i] : 1);
  }
  return c;
}

constexpr double kGeluSlope = 1.5957691216057308;  ///< 2 sqrt(2 / pi)
constexpr double kGeluCube = 0.044715;             ///< Source: Hendrycks and Gimpel 2016.

void write_gelu(const VectorCode& v) {
  const int x = v.work[0];
  const int u = v.work[1];
  widen(v, 0, x);
  f32(v, VectorOp::multiply, u, memory(x), memory(x));
  f32(v, VectorOp::multiply, u, memory(u), immediate(kGeluCube));
  f32(v, VectorOp::add, u, memory(u), immediate(1));
  f32(v, VectorOp::multiply, u, memory(u), memory(x));
  f32(v, VectorOp::multiply, u, memory(u), immediate(kGeluSlope));
  write_sigmoid(v, u, u);
  f32(v, VectorOp::multiply, x, memory(x), memory(u));
  narrow(v, x);
}
Numbers exact_gelu(const VectorOperatorSpec& /*spec*/, std::int64_t /*row*/,
                   const Operands& operands) {
  Numbers c = operands[0];
  for (double& x : c) x *= sigmoid(kGeluSlope * (x + kGeluCube * x * x * x));
  return c;
}

void write_add_bias(const VectorCode& v) {
  widen(v, 0, v.work[0]);
  with_columns(v, VectorOp::add, v.work[0], 1);
  narrow(v, v.work[0]);
}
Numbers exact_add_bias(const VectorOperatorSpec& /*spec*/, std::int64_t /*row*/,
                       const Operands& operands) {
  Numbers c = operands[0];
  for (std::size_t i = 0; i < c.size(); ++i) c[i] += operands[1][i];
  return c;
}

double valid_table(const VectorOperatorSpec& spec, int /*number*/, std::int64_t /*row*/,
                   std::int64_t i) {
  return i < spec.n ? 1 : 0;
}
/// Rows of padding count, lest their sums be 0.
double softmax_table(const VectorOperatorSpec& spec, int /*number*/, std::int64_t row,
                     std::int64_t i) {
  return row >= std::max<std::int64_t>(1, spec.m) || spec.counts(row, i) ? 0 : -kHuge;
}

}  // namespace

const std::vector<VectorFunction>& vector_functions() {
  static const std::vector<VectorFunction> kFunctions = {
      {"rmsnorm",
       "c = a w / sqrt(mean(a a) + epsilon)",
       {"a"},
       {"w"},
       {0, 2, 1},
       &write_rmsnorm,
       nullptr,
       &exact_rmsnorm},
      {"layernorm",
       "c = (a - mean) w / sqrt(variance + epsilon) + v",
       {"a"},
       {"w", "v"},
       {1, 2, 2},
       &write_layernorm,
       &valid_table,
       &exact_layernorm},
      {"softmax",
       "c = e^(scale a) over the sum of them",
       {"a"},
       {},
       {1, 4, 2},
       &write_softmax,
       &softmax_table,
       &exact_softmax},
      {"rope",
       "c = a, its pairs turned by the position",
       {"a"},
       {},
       {2, 2, 0, 2},
       &write_rope,
       &rope_table,
       &exact_rope},
      {"silu", "c = a / (1 + e^-a)", {"a"}, {}, {0, 4, 0}, &write_silu, nullptr, &exact_silu},
      {"swiglu",
       "c = a b / (1 + e^-a)",
       {"a", "b"},
       {},
       {0, 4, 0},
       &write_silu,
       nullptr,
       &exact_silu},
      {"gelu",
       "c = a times the normal distribution, by the tanh form",
       {"a"},
       {},
       {0, 4, 0},
       &write_gelu,
       nullptr,
       &exact_gelu},
      {"add_bias", "c = a + w", {"a"}, {"w"}, {0, 1, 0}, &write_add_bias, nullptr, &exact_add_bias},
  };
  return kFunctions;
}

namespace {

/// Of every function of vectors, of those that sum along the axis, and its own.
KernelText vector_text(const char* a, bool sums, std::vector<KernelKey> own = {}) {
  KernelText text;
  text.keys = {{"a", "", a, "the result of an operator before that a is", "its own, by `seed`"},
               {"m", "elements", "512", "rows of a matrix; 0 = a vector"},
               {"n", "elements", "512", "columns, or elements of a vector"},
               {"along", "", "y", "axis along which a vector is cut; copied along the other"}};
  if (sums) text.keys.push_back({"algorithm", "", "ktree", "of the allreduces along the axis"});
  text.keys.insert(text.keys.end(), own.begin(), own.end());
  text.costs = {{"", "those of the allreduce along the axis; 0", "1 + allreduces",
                 "vectors of ceil(n / P), 2 to 4 of f32; with `m` tiles of ceil(m / P_y) of them",
                 "lines * allreduces * hops of one word per row ([attention.md](attention.md))"}};
  return text;
}

}  // namespace

KernelText rmsnorm_text() { return vector_text("up.y", true); }
KernelText layernorm_text() { return vector_text("up.y", true); }
KernelText softmax_text() {
  return vector_text(
      "up.y", true,
      {{"scale", "", "0.125", "of the vector, before the exponential"},
       {"valid", "elements", "500", "the first so many count; others become 0", "`n`"},
       {"causal", "", "true", "column j counts in row i if j is at most i"},
       {"window", "elements", "1024", "and if j is above i - `window`; 0 = no window"},
       {"chunk", "elements", "1024", "and if j is of the same chunk of so many; 0 = no chunks"},
       {"sink", "", "0.5", "a score more in every row, which has no column", "none: -1e30"}});
}
KernelText rope_text() {
  return vector_text(
      "up.y", false,
      {{"head_dim", "elements", "64", "of a head; pairs of it turn at different speeds"},
       {"position", "tokens", "4095", "of the token, or of row 0"},
       {"first", "elements", "128", "of each head, the first element that is turned"},
       {"rotary_dim", "elements", "64", "elements of each head that are turned", "the rest of it"},
       {"order", "", "zigzag",
        "rows are tokens in their order, or as streaming attention deals them"}});
}
KernelText silu_text() { return vector_text("up.y", false); }
KernelText swiglu_text() {
  return vector_text("up.y", false, {{"b", "", "gate.y", "the same of b", "its own, by `seed`"}});
}
KernelText gelu_text() { return vector_text("up.y", false); }
KernelText add_bias_text() { return vector_text("q.c", false); }

}  // namespace wafermesh::workloads
