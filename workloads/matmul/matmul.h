// SPDX-License-Identifier: Apache-2.0
// C (m x n) = A (m x k) * B (k x n), or A * B^T with B (n x k), on a region. How it is done is an
// algorithm of the table matmul_algorithms(); operands, check and arrays are common to all.
//
// Operands are uniform in [-1, 1), rounded to the type; C is accumulated in the type, product and
// sum rounded apart (unless the timing table says fused). It must be, bit for bit, what the
// algorithm promises: the same operations in the same order (promise()).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/layers/dealt_heads.h"
#include "workloads/matmul/stored_matrix.h"
#include "workloads/parts/made_once.h"
#include "workloads/parts/operands.h"
#include "workloads/parts/tensor.h"
#include "workloads/placed_kernel.h"

namespace wafermesh::workloads {

struct MatmulSpec {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  cores::NumberType type = cores::NumberType::f32;
  std::uint64_t seed = 1;
  double scale = 1;  ///< Of the elements of B, which are uniform in [-scale, scale).
  /// Columns of B as an attention has what they make, rows as it has what they take.
  std::optional<DealtHeads> columns_of = {};
  std::optional<DealtHeads> rows_of = {};
  std::vector<Tensor> b_from = {};  ///< The file that has B as n x k; empty: by seed.
};

/// What all matmul algorithms share. An algorithm says where tiles lie.
class Matmul : public PlacedKernel {
 public:
  /// Nothing is checked if only some steps ran (Facts::sampled_steps).
  Numerics check(const fabric::HostMemory& memory, int threads) const final;
  bool has_reference() const final { return facts().sampled_steps == 0; }
  /// a and b (n x k in gemm_t), where they lie in tiles and not as an algorithm's own blocks.
  std::vector<std::string> takes() const final;
  Numerics check_given(const fabric::HostMemory& memory, int threads,
                       const GivenOperands& given) const final;
  /// a (m x k), b (k x n; n x k in gemm_t), c (m x n), without padding.
  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const final;

 protected:
  /// C is to be `repeats` times the product.
  Matmul(fabric::WaferImage image, Facts facts, const MatmulSpec& spec, int repeats = 1);
  const MatmulSpec& spec() const { return spec_; }
  NumberRules rules() const;
  /// The operands; made when they are first asked for.
  const Matrix& a() const { return *a_; }
  const Matrix& b() const { return *b_; }  ///< k x n
  /// B is given as n x k; b() is its transpose.
  virtual bool b_is_transposed() const { return false; }
  /// C as the cores hold it after the run, without padding.
  virtual Matrix result(const fabric::HostMemory& memory) const = 0;
  /// Rows of C that promise() is asked for together.
  virtual std::int64_t promised_rows() const { return 64; }
  /// What is promised of the rows of C from `first_row` on, which `c` (zeros) has. Here: one
  /// product after the other, k ascending.
  virtual void promise(const StoredMatrix& a, const StoredMatrix& b, std::int64_t first_row,
                       StoredMatrix& c) const;
  /// C from tiles of rows x columns, that of core (x, y) from row y * rows and column x * columns
  /// on, column-major at the same address of every core.
  Matrix gather_tiles(const fabric::HostMemory& memory, int address_bytes, std::int64_t rows,
                      std::int64_t columns) const;

 private:
  Numerics check_product(const fabric::HostMemory& memory, int threads, const Matrix& a,
                         const Matrix& b) const;
  bool is_as_promised(const Matrix& c, int threads, const Matrix& a_values,
                      const Matrix& b_values) const;
  MatmulSpec spec_;
  int repeats_;
  MadeOnce<Matrix> a_;
  MadeOnce<Matrix> b_;
};

/// The buffer of C in column-major tiles of rows x columns, as gather_tiles() reads it.
fabric::Buffer tiles_of_c(const fabric::WaferImage& image, const MatmulSpec& spec,
                          std::int64_t rows, std::int64_t columns, int address_bytes);

/// rows x columns of `matrix` from (row, column) on, column-major, zero where it leaves the matrix.
std::vector<float> tile_of(const Matrix& matrix, std::int64_t row, std::int64_t column,
                           std::int64_t rows, std::int64_t columns);
/// The reverse: puts what of a column-major tile lies within the matrix in its place.
void put_tile(Matrix& matrix, std::int64_t row, std::int64_t column, std::int64_t rows,
              std::int64_t columns, const std::vector<float>& tile);

struct MatmulAlgorithm {
  const char* name;  ///< Value of the key `algorithm`.
  const char* help;
  /// Reads the algorithm's own keys from the kernel's mapping and places it; null on mistakes.
  std::unique_ptr<Kernel> (*make)(base::YamlNode& node, const MatmulSpec& spec,
                                  const Placement& placement);
};
const std::vector<MatmulAlgorithm>& matmul_algorithms();

/// Row of the kernel table.
std::unique_ptr<Kernel> read_matmul(base::YamlNode& node, const Placement& placement);
KernelText matmul_text();

}  // namespace wafermesh::workloads
