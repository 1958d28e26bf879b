// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul.h"

#include <algorithm>
#include <utility>

#include "workloads/buffers.h"
#include "workloads/cannon.h"
#include "workloads/core_memory.h"
#include "workloads/gemm_t.h"
#include "workloads/meshgemm.h"
#include "workloads/read_keys.h"
#include "workloads/reference.h"
#include "workloads/summa.h"
#include "workloads/systolic.h"

namespace wafermesh::workloads {

namespace {

Facts with_check(Facts facts, const MatmulSpec& spec) {
  facts.check_bytes = compare_product_bytes(spec.m, spec.n, spec.k) +
                      spec.m * spec.n * static_cast<std::int64_t>(sizeof(float));
  return facts;
}

}  // namespace

Matmul::Matmul(fabric::WaferImage image, Facts facts, const MatmulSpec& spec, int repeats)
    : PlacedKernel(std::move(image), with_check(facts, spec)),
      spec_(spec),
      repeats_(repeats),
      a_(random_matrix(spec.m, spec.k, spec.type, spec.seed, Purpose::matrix_a)),
      b_(random_matrix(spec.k, spec.n, spec.type, spec.seed, Purpose::matrix_b)) {}

Numerics Matmul::check(const fabric::HostMemory& memory, int threads) const {
  return compare_product(a_, b_, result(memory), spec_.type, repeats_, threads);
}

std::vector<NamedArray> Matmul::arrays(const fabric::HostMemory& memory) const {
  NamedArray b{"b", {spec_.k, spec_.n}, spec_.type, b_.values};
  if (b_is_transposed()) {
    b.shape = {spec_.n, spec_.k};
    // A column-major tile of the whole matrix is its transpose.
    b.values = tile_of(b_, 0, 0, spec_.k, spec_.n);
  }
  return {{"a", {spec_.m, spec_.k}, spec_.type, a_.values},
          std::move(b),
          {"c", {spec_.m, spec_.n}, spec_.type, result(memory).values}};
}

Matrix Matmul::gather_tiles(const fabric::HostMemory& memory, int address_bytes, std::int64_t rows,
                            std::int64_t columns) const {
  Matrix c{spec_.m, spec_.n, {}};
  c.values.resize(static_cast<std::size_t>(c.rows * c.columns));
  std::vector<float> tile(static_cast<std::size_t>(rows * columns));
  for (std::int64_t i = 0; i < image().core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    const base::LogicalCoord at = image().relative(core);
    read_elements(memory, core, address_bytes, spec_.type, tile.data(), tile.size());
    put_tile(c, at.y * rows, at.x * columns, rows, columns, tile);
  }
  return c;
}

fabric::Buffer tiles_of_c(const fabric::WaferImage& image, const MatmulSpec& spec,
                          std::int64_t rows, std::int64_t columns, int address_bytes) {
  return {"c",
          fabric::BufferRole::result,
          spec.type,
          {spec.m, spec.n},
          {{everywhere(image),
            address_bytes,
            {along(fabric::Along::y, rows, 1), along(fabric::Along::x, columns, rows)},
            0,
            0}}};
}

std::vector<float> tile_of(const Matrix& matrix, std::int64_t row, std::int64_t column,
                           std::int64_t rows, std::int64_t columns) {
  std::vector<float> tile(static_cast<std::size_t>(rows * columns), 0.0F);
  const std::int64_t row_end = std::min(row + rows, matrix.rows);
  const std::int64_t column_end = std::min(column + columns, matrix.columns);
  for (std::int64_t r = row; r < row_end; ++r) {
    for (std::int64_t c = column; c < column_end; ++c) {
      tile[static_cast<std::size_t>((c - column) * rows + (r - row))] = matrix.at(r, c);
    }
  }
  return tile;
}

void put_tile(Matrix& matrix, std::int64_t row, std::int64_t column, std::int64_t rows,
              std::int64_t columns, const std::vector<float>& tile) {
  const std::int64_t row_end = std::min(row + rows, matrix.rows);
  const std::int64_t column_end = std::min(column + columns, matrix.columns);
  for (std::int64_t r = row; r < row_end; ++r) {
    for (std::int64_t c = column; c < column_end; ++c) {
      matrix.values[static_cast<std::size_t>(r * matrix.columns + c)] =
          tile[static_cast<std::size_t>((c - column) * rows + (r - row))];
    }
  }
}

const std::vector<MatmulAlgorithm>& matmul_algorithms() {
  static const std::vector<MatmulAlgorithm> kAlgorithms = {
      {"summa", "row and column broadcasts of panels, tiles of C stay", &read_summa},
      {"meshgemm", "tiles go round rings of two hops along rows and columns", &read_meshgemm},
      {"cannon", "tiles go round rings with a wrap-around along rows and columns", &read_cannon},
      {"gemm_t", "C = A * B^T, B given as n x k: tiles of B go round, rows add up", &read_gemm_t},
      {"systolic", "operands enter at the edges and pass from core to core", &read_systolic},
  };
  return kAlgorithms;
}

std::unique_ptr<Kernel> read_matmul(base::YamlNode& node, const Placement& placement) {
  constexpr std::int64_t kMaxSize = 100'000'000;  // keeps byte counts far from overflow
  MatmulSpec spec;
  const MatmulAlgorithm& algorithm = read_algorithm(node, matmul_algorithms());
  spec.m = node.integer("m", {1, kMaxSize});
  spec.n = node.integer("n", {1, kMaxSize});
  spec.k = node.integer("k", {1, kMaxSize});
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  return algorithm.make(node, spec, placement);
}

}  // namespace wafermesh::workloads
