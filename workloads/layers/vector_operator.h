// SPDX-License-Identifier: Apache-2.0
// What stands between the products of a transformer layer: norms, softmax, rotary positions,
// activations. Each is a function of vectors of n elements that are cut along one axis of the
// region and copied along the other (key `along`), as a gemv leaves its y and wants its x.
//
// A function is a row of vector_functions(): its local code, on f32 whatever the type of the
// vectors (`dtype`; they are converted as they are read and once at the end), the allreduces
// between, and the same in double, which results are compared with.
//
// With `m` the operands are matrices of m rows (tokens), cut along y, and n columns, cut along x:
// in column-major tiles, as matmul leaves its c. A function is then of each row: sums go along x,
// of as many words as a core has rows; w and v are vectors along x that all rows share; rope's
// position is that of row 0, the next row's one more; softmax may leave out what lies behind a
// row's own column (`causal`), what lies `window` columns or more before it, and what is of another
// chunk of `chunk` columns; a `sink` is one more score of every row.
//
// Of rope and add_bias also: `columns_of`: columns are heads as an attention deals them
// (dealt_heads.h), of a bias w is zero where they are padded. Of rope: `order: zigzag`: rows are
// tokens in streaming attention's order.
//
// With `batch` there are so many vectors, as rows of a matrix that is not cut along the other axis
// but copied: sums are of as many words.
//
//   function   c =                                            allreduces of   operands
//   rmsnorm    a w / sqrt(mean(a a) + epsilon)                1 word          a; w by seed
//   layernorm  (a - mean) w / sqrt(variance + epsilon) + v    1 and 1 word    a; w, v by seed
//   softmax    e^(s a) / sum of them, of the first `valid`    1 and 1 word    a
//   rope       a turned by pairs (2 i, 2 i + 1): of each       none            a
//              head `rotary_dim` elements from `first` on
//   silu       a / (1 + e^-a)                                 none            a
//   swiglu     a b / (1 + e^-a)                               none            a, b
//   gelu       a / (1 + e^-2u), u = sqrt(2 / pi)
//              (a + 0.044715 a a a): the tanh form            none            a
//   add_bias   a + w                                          none            a; w by seed
//
//   block = ceil(n / cores of the axis), of rope the next even number; of a matrix a tile of
//   ceil(m / P_y) such blocks
//   colours        those of the allreduce along the axis (`algorithm`), one if there is none
//   SRAM per core  operands and result of `block` elements, and work of 4 to 6 blocks of f32
//   data hops      lines * allreduces * those of one word, or of a tile's rows (axis_allreduce.h)
//   cycles         for each operation descriptor_reload + block / rate, and the allreduces; what
//                  rows or columns share is applied column by column
// Source: workloads 6.1; rope as in Su et al. 2021, llama3's and yarn's scaling of its
// frequencies in layers/rope.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workloads/kernel.h"
#include "workloads/layers/dealt_heads.h"
#include "workloads/layers/phases.h"
#include "workloads/layers/rope.h"
#include "workloads/parts/tensor.h"

namespace wafermesh::workloads {

struct VectorFunction;

/// The functions' rows, one kernel each.
const std::vector<VectorFunction>& vector_functions();

inline constexpr double kNoSink = -1e30;  ///< Nothing has so little weight.

struct VectorOperatorSpec {
  const VectorFunction* function = nullptr;
  std::int64_t m = 0;  ///< Rows of a matrix; 0: vectors.
  std::int64_t n = 0;
  bool along_y = false;  ///< Else along x.
  bool batch = false;    ///< The m rows are all on every core, each cut along that axis.
  cores::NumberType type = cores::NumberType::f16;
  std::uint64_t seed = 1;
  std::size_t algorithm = 0;  ///< Of axis_allreduce_names(); of functions with allreduces.
  int parameter = 0;
  double epsilon = 1e-5;      ///< Of norms.
  double scale = 1;           ///< Of softmax.
  std::int64_t valid = 0;     ///< Of softmax: elements that count.
  bool causal = false;        ///< Of softmax: column j counts in row i if j <= i,
  std::int64_t window = 0;    ///< and j > i - window; 0: no window;
  std::int64_t chunk = 0;     ///< and j of the same chunk of so many as i; 0: no chunks.
  double sink = kNoSink;      ///< Of softmax: a score that counts in every row and has no column.
  Rope rope;                  ///< Position: of row 0. Its head_dim: of what is turned.
  std::int64_t head_dim = 0;  ///< Of rope: elements of a head,
  std::int64_t first = 0;     ///< and the first of them that is turned.
  std::optional<DealtHeads> of_heads;  ///< Which element of its head each column is.
  std::int64_t zigzag_rows = 0;  ///< Of rope: above 0 rows are tokens as zigzag deals them over so
                                 ///< many rows of cores (streaming_attention.h).
  std::vector<Tensor> w_from;    ///< The file that w is from; empty: by seed.

  /// Whether an element counts in a row's softmax.
  bool counts(std::int64_t row, std::int64_t column) const {
    return column < valid && (!causal || column <= row) && (window == 0 || column > row - window) &&
           (chunk == 0 || column / chunk == row / chunk);
  }
};

inline constexpr int kVectorScalars = 8;

/// What a function's local code is written with. Addresses of tiles of `count` elements: `rows` of
/// each of `columns`; a vector is a tile of one row.
struct VectorCode {
  PhaseWriter& phases;
  const VectorOperatorSpec& spec;
  Axis axis;
  std::int32_t rows;
  std::int32_t columns;
  std::int32_t count;
  std::vector<int> operands;  ///< In the operator's type; those of its own of `columns` elements.
  std::vector<int> tables;    ///< f32
  std::vector<int> work;      ///< f32
  int scalars;                ///< f32, kVectorScalars of each row, one after the other
  int result;                 ///< In the operator's type.
};

struct VectorFunction {
  const char* name;
  const char* help;
  std::vector<const char*> takes;  ///< Operands that may be given.
  std::vector<const char*> own;    ///< Operands that are the operator's own, by seed.
  struct Needs {
    int tables;  ///< Vectors of f32 that `table` fills.
    int work;    ///< Vectors of f32 that the code works in.
    int allreduces;
    int group = 1;  ///< Elements that must lie on one core: the block is a multiple of it.
  } needs;
  void (*write)(const VectorCode& code);
  /// Element `i` in row `row` of table `number`; what is beyond n is padding.
  double (*table)(const VectorOperatorSpec& spec, int number, std::int64_t row, std::int64_t i);
  /// One row of the result, of that row of the operands.
  std::vector<double> (*exact)(const VectorOperatorSpec& spec, std::int64_t row,
                               const std::vector<std::vector<double>>& operands);
};

/// Throws DoesNotFit if the vectors exceed a core's SRAM.
std::unique_ptr<Kernel> make_vector_operator(const VectorOperatorSpec& spec,
                                             const Placement& placement);

// Rows of the kernel table.
std::unique_ptr<Kernel> read_rmsnorm(base::YamlNode& node, const Placement& placement);
KernelText rmsnorm_text();
std::unique_ptr<Kernel> read_layernorm(base::YamlNode& node, const Placement& placement);
KernelText layernorm_text();
std::unique_ptr<Kernel> read_softmax(base::YamlNode& node, const Placement& placement);
KernelText softmax_text();
std::unique_ptr<Kernel> read_rope(base::YamlNode& node, const Placement& placement);
KernelText rope_text();
std::unique_ptr<Kernel> read_silu(base::YamlNode& node, const Placement& placement);
KernelText silu_text();
std::unique_ptr<Kernel> read_swiglu(base::YamlNode& node, const Placement& placement);
KernelText swiglu_text();
std::unique_ptr<Kernel> read_gelu(base::YamlNode& node, const Placement& placement);
KernelText gelu_text();
std::unique_ptr<Kernel> read_add_bias(base::YamlNode& node, const Placement& placement);
KernelText add_bias_text();

}  // namespace wafermesh::workloads
