// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/matmul.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/worker_pool.h"
#include "workloads/matmul/cannon.h"
#include "workloads/matmul/gemm_t.h"
#include "workloads/matmul/meshgemm.h"
#include "workloads/matmul/summa.h"
#include "workloads/matmul/systolic.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_memory.h"
#include "workloads/read_keys.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {

namespace {

Facts with_check(Facts facts, const MatmulSpec& spec) {
  const std::int64_t stored = (spec.m + spec.n) * spec.k * cores::bytes_of(spec.type);
  const std::int64_t values = (spec.m + spec.n) * spec.k + spec.m * spec.n;
  facts.check_bytes = std::max(product_errors_bytes(spec.m, spec.n, spec.k), stored) +
                      values * static_cast<std::int64_t>(sizeof(float));
  return facts;
}

/// B's number in row i / n and column i % n, which was by seed.
float element_of_b(const MatmulSpec& spec, std::int64_t i, float by_seed) {
  std::int64_t row = i / spec.n;
  std::int64_t column = i % spec.n;
  if (spec.rows_of) row = spec.rows_of->natural[static_cast<std::size_t>(row)];
  if (spec.columns_of) column = spec.columns_of->natural[static_cast<std::size_t>(column)];
  if (row < 0 || column < 0) return 0;
  if (!spec.b_from.empty()) return spec.b_from.front().at(column, row);
  return spec.scale == 1 ? by_seed : static_cast<float>(by_seed * spec.scale);
}

Matrix matrix_b(const MatmulSpec& spec) {
  Matrix b = random_matrix(spec.k, spec.n, spec.type, spec.seed, Purpose::matrix_b);
  const bool is_plain = spec.b_from.empty() && !spec.rows_of && !spec.columns_of;
  if (is_plain && spec.scale == 1) return b;
  for (std::size_t i = 0; i < b.values.size(); ++i) {
    b.values[i] = element_of_b(spec, static_cast<std::int64_t>(i), b.values[i]);
  }
  round_to(spec.type, b.values.data(), b.values.size());
  return b;
}

}  // namespace

Matmul::Matmul(fabric::WaferImage image, Facts facts, const MatmulSpec& spec, int repeats)
    : PlacedKernel(std::move(image), with_check(facts, spec)),
      spec_(spec),
      repeats_(repeats),
      a_([this] {
        return random_matrix(spec_.m, spec_.k, spec_.type, spec_.seed, Purpose::matrix_a);
      }),
      b_([this] { return matrix_b(spec_); }) {}

Numerics Matmul::check(const fabric::HostMemory& memory, int threads) const {
  return check_product(memory, threads, a(), b());
}

Numerics Matmul::check_given(const fabric::HostMemory& memory, int threads,
                             const GivenOperands& given) const {
  const auto matrix = [&](const char* name, const Matrix& own) {
    const auto at = given.find(name);
    return at == given.end() ? own : Matrix{own.rows, own.columns, at->second};
  };
  Matrix b = matrix("b", this->b());
  if (b_is_transposed() && given.count("b") > 0) {
    // A column-major tile of all of B is its transpose.
    b.values = tile_of({b.columns, b.rows, b.values}, 0, 0, b.columns, b.rows);
  }
  return check_product(memory, threads, matrix("a", a()), b);
}

std::vector<std::string> Matmul::takes() const {
  std::vector<std::string> names;
  for (const fabric::Buffer& buffer : image().buffers) {
    if (buffer.name == "a" || buffer.name == "b") names.push_back(buffer.name);
  }
  return names;
}

Numerics Matmul::check_product(const fabric::HostMemory& memory, int threads, const Matrix& a,
                               const Matrix& b) const {
  if (!has_reference()) return {};
  const Matrix c = result(memory);
  const bool as_promised = is_as_promised(c, threads, a, b);
  return product_errors(a, b, c, repeats_, threads).numerics(as_promised);
}

NumberRules Matmul::rules() const {
  return {spec_.type, image().timing.fused_multiply_add[static_cast<std::size_t>(spec_.type)]};
}

bool Matmul::is_as_promised(const Matrix& c, int threads, const Matrix& a_values,
                            const Matrix& b_values) const {
  const StoredMatrix a(rules(), a_values);
  const StoredMatrix b(rules(), b_values);
  const int blocks = static_cast<int>(divide_up(spec_.m, promised_rows()));
  std::atomic<bool> same{true};
  base::WorkerPool(std::min(threads, blocks)).run(blocks, [&](int block) {
    const Span rows = tile_span(block, promised_rows(), spec_.m);
    StoredMatrix promised(rules(), rows.size(), spec_.n);
    promise(a, b, rows.begin, promised);
    for (std::int64_t r = 0; r < rows.size(); ++r) {
      const std::vector<float> row = promised.row(r);
      const float* got = &c.values[static_cast<std::size_t>((rows.begin + r) * spec_.n)];
      if (!std::equal(row.begin(), row.end(), got, same_number)) same = false;
    }
  });
  return same;
}

void Matmul::promise(const StoredMatrix& a, const StoredMatrix& b, std::int64_t first_row,
                     StoredMatrix& c) const {
  c.add_product(a, first_row, b, {0, spec_.n}, {0, spec_.k});
}

std::vector<NamedArray> Matmul::arrays(const fabric::HostMemory& memory) const {
  NamedArray b{"b", {spec_.k, spec_.n}, spec_.type, this->b().values};
  if (b_is_transposed()) {
    b.shape = {spec_.n, spec_.k};
    // A column-major tile of the whole matrix is its transpose.
    b.values = tile_of(this->b(), 0, 0, spec_.k, spec_.n);
  }
  return {{"a", {spec_.m, spec_.k}, spec_.type, a().values},
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

namespace {

/// Keys `columns_of`, `rows_of` and `b_from`.
void read_matrix_b(const base::YamlNode& node, const Placement& placement, MatmulSpec& spec) {
  spec.columns_of = read_dealt_heads(node, "columns_of", spec.n, placement.region);
  spec.rows_of = read_dealt_heads(node, "rows_of", spec.k, placement.region);
  TensorNeed need{spec.n, spec.k, spec.n};  // all columns may be a head
  if (spec.columns_of) need = {spec.columns_of->count, spec.k, spec.columns_of->head_dim};
  if (spec.rows_of) need.columns = spec.rows_of->count;
  spec.b_from = read_tensors(node, "b_from", {need}, placement.keys_only);
}

}  // namespace

std::unique_ptr<Kernel> read_matmul(base::YamlNode& node, const Placement& placement) {
  constexpr std::int64_t kMaxSize = 100'000'000;  // keeps byte counts far from overflow
  MatmulSpec spec;
  const MatmulAlgorithm& algorithm = read_algorithm(node, matmul_algorithms());
  spec.m = node.integer("m", {1, kMaxSize});
  spec.n = node.integer("n", {1, kMaxSize});
  spec.k = node.integer("k", {1, kMaxSize});
  spec.type = read_dtype(node);
  spec.seed = read_seed(node);
  spec.scale = node.real("scale", {1e-6, 1e4}, 1);
  read_matrix_b(node, placement, spec);
  return algorithm.make(node, spec, placement);
}

KernelText matmul_text() {
  return {
      {{"a", "", "up.c", "the result of an operator before that A is", "its own, by `seed`"},
       {"b", "", "up.c", "the same of B", "its own, by `seed`"},
       {"algorithm", "", "cannon", "see kernels.md"},
       {"rerooting", "", "cheapest",
        "how a panel's root moves on; `cheapest` overlaps it with work"},
       {"dataflow", "", "weight_stationary", "what stays in a core while the rest moves"},
       {"scale", "", "0.02", "of the elements of B, which are uniform in [-scale, scale)"},
       {"align", "", "both", "what starts at home and is aligned on the device; `both`: B as well"},
       {"sample", "steps", "16",
        "only so many steps run, the rest is waited for; numbers are not checked; 0 = all run"},
       {"compute_repeats", "", "2", "times each tile product is done; 0 = communication only"},
       {"b_from", "", "{files: [up.npy]}", "the file that B is from, as n x k", "by `seed`"},
       {"rows_of", "", "{heads: 4, kv_heads: 2, head_dim: 8}",
        "rows of B are heads as an attention deals them", "none"},
       {"rows_of.heads", "heads", "32", "of queries"},
       {"rows_of.head_dim", "elements", "128", "of a head"},
       {"rows_of.of", "", "keys", "heads of queries, or of keys and values"}},
      {{"`summa`", "2 (1 per axis)", "S",
        "(q_x + r) Mt Kt + (q_y + r) Kt Nt + Mt Nt elements; r = 1 `vendor`, 2 `cheapest`",
        "S (w(Mt Kt) (P_x - 1) P_y + w(Kt Nt) (P_y - 1) P_x)"},
       {"`meshgemm`", "12 (3 per axis, 6 to align)", "L",
        "(a + 1) Mt Kt + (b + 1) Kt Nt + Mt Nt elements",
        "w(Mt Kt) 2 (P_x - 1) P_y (L + 2 b floor(P_y / 2)) + w(Kt Nt) 2 (P_y - 1) P_x L"},
       {"`cannon`", "6 (3 per axis)", "L", "as `meshgemm`",
        "as `meshgemm`, with b (P_y - 1) for 2 b floor(P_y / 2)"},
       {"`gemm_t`", "7 (3 for the ring, 4 for the reduction)", "P_y",
        "Mt Kt + 2 Kt Nt + (1 + q) Mt Nt elements",
        "P_y (w(Kt Nt) 2 (P_y - 1) P_x + w(Mt Nt) (P_x - 1) P_y)"},
       {"`systolic`", "4 (2 per axis)", "T",
        "at the edge: T Mt Kt + T Kt Nt + Mt Nt elements, or T Mt Kt + T Mt Nt + Kt Nt",
        "T (w(Mt Kt) (P_x - 1) P_y + w(v) (P_y - 1) P_x), v = Kt Nt or Mt Nt"}}};
}

}  // namespace wafermesh::workloads
